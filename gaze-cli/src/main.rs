//! The program `gaze-cli`; everything is in the library, where tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    gaze_cli::main()
}
