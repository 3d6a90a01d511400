//! Where people look on a picture, predicted in the browser: everything behind the page that is no drawing on the screen.
//!
//! A [`Session`] has one picture or two, A and B. The page asks it for something with bytes, and it answers with bytes
//! ([`Session::answer`]): a line of JSON, and behind it a file or pixels. Nothing here knows the browser, so it is tested as any
//! other crate; `abi.rs` hands the bytes over to JavaScript, and `page/` is the page. The module imports nothing, so there is nothing
//! by which a picture could leave it but the answer to the page.
//!
//! ```
//! use gaze_web::Session;
//!
//! let mut session = Session::default();
//! let answer = session.answer(b"{\"ask\": \"start\"}\n");
//! assert!(answer.starts_with(b"{\"palettes\":"));
//! // What cannot be done is answered with a sentence.
//! let answer = session.answer(b"{\"ask\": \"open\", \"slot\": \"a\", \"name\": \"x.png\"}\nno picture");
//! assert!(answer.starts_with(b"{\"error\":"));
//! ```

pub use crate::session::Session;

#[cfg(target_arch = "wasm32")]
mod abi;
mod error;
mod files;
mod fixations;
mod regions;
mod request;
mod scene;
mod session;
