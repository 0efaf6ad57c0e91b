//! Independent pieces of work on several threads.

use std::ops::ControlFlow;
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
    let mut done = Vec::with_capacity(n);
    each_side_by_side(threads, n, work, &mut |item, answer| {
        done.push((item, answer));
        ControlFlow::Continue(())
    });
    done.sort_by_key(|(item, _)| *item);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// As [`side_by_side`], but hands over each answer with its item as soon as it is there, one at
/// a time and in any order. After an answer of `Break` no further item is taken; those in work
/// are still handed over.
pub(crate) fn each_side_by_side<T>(
    threads: usize,
    n: usize,
    work: impl Fn(usize, usize) -> T + Sync,
    hand_over: &mut (dyn FnMut(usize, T) -> ControlFlow<()> + Send),
) {
    let next = AtomicUsize::new(0);
    let hand_over = Mutex::new(hand_over);
    let run = |thread: usize| {
        loop {
            let item = next.fetch_add(1, Ordering::Relaxed);
            if item >= n {
                break;
            }
            let answer = work(item, thread);
            let mut hand_over = hand_over.lock().unwrap_or_else(PoisonError::into_inner);
            if hand_over(item, answer).is_break() {
                next.store(n, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let run = &run;
        for thread in 1..threads.min(n) {
            scope.spawn(move || run(thread));
        }
        run(0);
    });
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

    #[test]
    fn answers_are_handed_over_as_they_come_until_a_break() {
        for threads in [1, 3] {
            let begun = AtomicUsize::new(0);
            let mut handed = Vec::new();
            let work = |item: usize, _: usize| {
                begun.fetch_add(1, Ordering::Relaxed);
                item
            };
            each_side_by_side(threads, 100, work, &mut |item, answer| {
                assert_eq!(item, answer);
                handed.push(item);
                // With one thread nothing is begun before the last answer was taken.
                assert!(threads > 1 || begun.load(Ordering::Relaxed) == handed.len());
                match handed.len() {
                    5.. => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            });
            let begun = begun.into_inner();
            assert_eq!(handed.len(), begun, "what was begun is handed over");
            assert!((5..5 + threads).contains(&begun), "{begun}");
            handed.sort_unstable();
            handed.dedup();
            assert_eq!(handed.len(), begun);
        }
    }
}
