// Stands in for libtorch's header where there is none, to say what to do. `.cargo/config.toml` puts this folder last
// in the compiler's search, because torch-sys may be compiled before gaze-model's build script has had its say.
#error "libtorch is not set up. Run `cargo xtask setup`, which downloads it into third_party/libtorch,"
#error "or export LIBTORCH=/absolute/path (libtorch 2.11.0) or LIBTORCH_USE_PYTORCH=1 (PyTorch 2.11.0),"
#error "or build without networks: cargo build -p gaze-cli --no-default-features"
// A header that is absent stops the compiler before it reports everything else that is.
#include <libtorch-is-not-set-up>
