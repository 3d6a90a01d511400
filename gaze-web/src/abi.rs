//! The way from JavaScript to the session and back: three functions that hand over places in the module's memory.
//!
//! The page asks for room, writes its question there, has it answered, and reads the answer. The module is given nothing by the page,
//! neither functions nor memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Session;

/// The session of the page, with the question and the answer.
struct State {
    session: Option<Session>,
    question: Vec<u8>,
    answer: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State { session: None, question: Vec::new(), answer: Vec::new() });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for a question of so many bytes, and returns its place.
#[expect(unsafe_code, reason = "JavaScript finds the function by this name, which no other function has")]
#[unsafe(no_mangle)]
pub(crate) extern "C" fn gaze_question(length: usize) -> usize {
    let mut state = state();
    state.answer = Vec::new();
    state.question = vec![0; length];
    state.question.as_mut_ptr().expose_provenance()
}

/// Answers the question, and returns the length of the answer in bytes.
#[expect(unsafe_code, reason = "JavaScript finds the function by this name, which no other function has")]
#[unsafe(no_mangle)]
pub(crate) extern "C" fn gaze_answer() -> usize {
    let mut state = state();
    let question = std::mem::take(&mut state.question);
    state.answer = state.session.get_or_insert_default().answer(&question);
    state.answer.len()
}

/// Returns the place of the answer, which stays there until the next question.
#[expect(unsafe_code, reason = "JavaScript finds the function by this name, which no other function has")]
#[unsafe(no_mangle)]
pub(crate) extern "C" fn gaze_answer_place() -> usize {
    state().answer.as_ptr().expose_provenance()
}
