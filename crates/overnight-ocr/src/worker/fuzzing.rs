//! What holds for everything a worker says, whatever it says.

use super::answer::{Answer, MOST_LINES, Saying, parse};
use super::hello::{self, Hello, Introduction, MOST_MODELS, MOST_TEXT};
use super::output::Output;
use super::seat::{Round, round_of};
use crate::fuzzing::{check_line, check_order};

/// Longest reason, in characters: a name that was cut and a sentence around it.
const MOST_REASON: usize = 2 * MOST_TEXT;
/// Most images in a request.
const MOST_IMAGES: u8 = 8;

/// Hears a worker: each line by itself, as a hello and as an answer, and all of them as what
/// is said about a request whose size the first byte gives.
pub fn worker(bytes: &[u8]) {
    let (n, said) = match bytes.split_first() {
        Some((first, rest)) => (usize::from(first % MOST_IMAGES) + 1, rest),
        None => (1, bytes),
    };
    let lines: Vec<&[u8]> = said.split(|byte| *byte == b'\n').collect();
    for line in &lines {
        check(line);
    }
    check_round(n, &lines);
}

/// Asserts what holds for one line.
pub(super) fn check(line: &[u8]) {
    match hello::parse(line) {
        Some(Introduction::Ready(hello)) => check_hello(&hello),
        Some(Introduction::Declined { reason, hint }) => {
            check_reason(&reason);
            hint.iter().for_each(|hint| check_reason(hint));
        }
        Some(Introduction::Wrong(reason)) => check_reason(&reason),
        None => {}
    }
    match parse(line) {
        Saying::About(_, Ok(Answer::Read(reading))) => {
            assert!(reading.lines.len() <= MOST_LINES);
            let said: usize = reading.lines.iter().map(|line| line.text.len()).sum();
            assert!(said <= line.len(), "more text than was said");
            reading.lines.iter().for_each(check_line);
            let ms = reading.stages.sum();
            assert!(ms.is_finite() && ms >= 0.0, "{ms} ms");
            check_order(reading.lines);
        }
        Saying::About(_, Ok(Answer::Failed { status, reason })) => {
            assert!(!status.is_scored(), "{status} and no text");
            check_reason(&reason);
        }
        Saying::About(_, Err(reason)) => check_reason(&reason),
        Saying::Noise | Saying::Done(_) => {}
    }
}

fn check_hello(hello: &Hello) {
    assert!(hello.max_batch_size > 0 && !hello.name.is_empty());
    assert!(hello.models.len() <= MOST_MODELS);
    check_reason(&hello.name);
    check_reason(&hello.device);
    let models = hello.models.iter();
    for text in models.flat_map(|model| [&model.role, &model.name, &model.sha256]) {
        check_reason(text);
    }
    assert!(hello.runtime_line().chars().count() <= 3 * (MOST_TEXT + 3));
}

/// What a person is shown is short, and cannot move a terminal's cursor.
#[track_caller]
fn check_reason(reason: &str) {
    assert!(
        reason.chars().count() <= MOST_REASON && !reason.chars().any(char::is_control),
        "{} characters: {reason:?}",
        reason.chars().count()
    );
}

/// Asserts that every image of a request ends once: with a reading that was given for it
/// alone, or with trouble; and that the request is open until then.
fn check_round(n: usize, lines: &[&[u8]]) {
    let said: Vec<Output> = lines
        .iter()
        .map(|line| Output::Line(line.to_vec()))
        .collect();
    let (round, n_open): (Round, usize) = round_of(n, &said);
    assert_eq!(round.answers.len(), n);
    let unanswered = round.answers.iter().filter(|answer| answer.is_none());
    assert_eq!(unanswered.count(), n_open);
    let is_end = |line: &&[u8]| parse(line) == Saying::Done(0);
    let end = lines.iter().position(is_end).unwrap_or(lines.len());
    for (place, answer) in round.answers.iter().enumerate() {
        let about = |line: &&&[u8]| matches!(parse(line), Saying::About(id, _) if id == (place + 1).to_string());
        match answer {
            Some(Ok(_)) => assert_eq!(lines[..end].iter().filter(about).count(), 1),
            Some(Err(trouble)) => check_reason(&trouble.reason),
            None => {}
        }
    }
}
