//! Independent pieces of work on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `work` for every item from 0 to `n` on at most `threads` threads, and puts the answers
/// in order. Each thread takes the next item when it is done with one; `work` is told the item
/// and the number of its thread.
pub(crate) fn side_by_side<T: Send>(
    threads: usize,
    n: usize,
    work: impl Fn(usize, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(n));
    let run = |thread: usize| {
        loop {
            let item = next.fetch_add(1, Ordering::Relaxed);
            if item >= n {
                break;
            }
            let answer = work(item, thread);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((item, answer));
        }
    };
    std::thread::scope(|scope| {
        let run = &run;
        for thread in 1..threads.min(n) {
            scope.spawn(move || run(thread));
        }
        run(0);
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(item, _)| *item);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_in_order_and_threads_have_numbers() {
        for threads in [0, 1, 3, 9] {
            let answers = side_by_side(threads, 7, |item, thread| {
                assert!(thread < threads.max(1));
                item * 10
            });
            assert_eq!(answers, [0, 10, 20, 30, 40, 50, 60]);
        }
        assert!(side_by_side(3, 0, |item, _| item).is_empty());
    }
}
