//! The budget of memory, which limits the number of pictures that are worked on at the same time.

use std::sync::{Condvar, Mutex, PoisonError};

/// Memory that is shared out. A task that needs more than all of it gets all of it, alone.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    taken: Mutex<usize>,
    given_back: Condvar,
}

/// A share, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, taken: Mutex::default(), given_back: Condvar::new() }
    }

    /// Waits until so many bytes are free.
    pub(super) fn take(&self, bytes: usize) -> Share<'_> {
        let bytes = bytes.min(self.limit);
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let too_much = |taken: &mut usize| *taken + bytes > self.limit;
        *self.given_back.wait_while(taken, too_much).unwrap_or_else(PoisonError::into_inner) += bytes;
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn never_more_is_taken_than_there_is_and_everyone_gets_theirs() {
        let (budget, used, most, served) =
            (Budget::new(10), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for bytes in [3, 4, 5, 6, 10, 25] {
                let (budget, used, most, served) = (&budget, &used, &most, &served);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let share = budget.take(bytes);
                        most.fetch_max(used.fetch_add(share.bytes, Ordering::SeqCst) + share.bytes, Ordering::SeqCst);
                        thread::yield_now();
                        used.fetch_sub(share.bytes, Ordering::SeqCst);
                        served.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 10);
        assert_eq!(served.into_inner(), 1200);
    }
}
