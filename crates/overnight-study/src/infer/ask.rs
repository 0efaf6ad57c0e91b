//! Asking a backend for a group of images, whatever it does.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use overnight_ocr::{Backend, ImageInput};
use overnight_record::{Prediction, PredictionStatus};

use super::without_text;

/// Receives the prediction for an image by its place in the group; `Break` asks the backend
/// to begin no further image.
pub(super) type Keep<'a> = dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send + 'a;

/// One prediction for each image, handed to `keep` as soon as it is there. Images that the
/// backend leaves unanswered, because it panicked or otherwise, are tried once more one at a
/// time, so that only the image at fault is lost. Once `keep` has asked for an end, images
/// may stay unanswered.
pub(super) fn ask(backend: &dyn Backend, group: &[ImageInput], keep: &mut Keep<'_>) {
    let mut asked = Asked::new(group.len());
    let mut reason = attempt(backend, group, &mut asked, keep);
    for index in 0..group.len() {
        if asked.is_ended {
            return;
        }
        if asked.is_answered[index] {
            continue;
        }
        if group.len() > 1 {
            let alone = std::slice::from_ref(&group[index]);
            let mut asked_alone = Asked::new(1);
            reason = attempt(backend, alone, &mut asked_alone, &mut |_, prediction| {
                keep(index, prediction)
            });
            asked.is_ended |= asked_alone.is_ended;
            if asked_alone.is_answered[0] {
                continue;
            }
        }
        let input = &group[index];
        let names = (&*input.id, &*input.image, &*input.sha256);
        let status = PredictionStatus::Crashed;
        let lost = without_text(names, backend.info(), status, reason.clone());
        asked.is_ended |= keep(index, lost).is_break();
    }
}

/// What has come back of a group.
struct Asked {
    is_answered: Vec<bool>,
    /// Nobody wants more.
    is_ended: bool,
}

impl Asked {
    fn new(n: usize) -> Self {
        Self {
            is_answered: vec![false; n],
            is_ended: false,
        }
    }
}

/// Asks once. Answers that belong to no image, or to one already answered, are not taken.
/// Returns why an image may be without an answer.
fn attempt(
    backend: &dyn Backend,
    group: &[ImageInput],
    asked: &mut Asked,
    keep: &mut Keep<'_>,
) -> String {
    let mut hand_over = |index: usize, prediction: Prediction| {
        let is_expected = group
            .get(index)
            .is_some_and(|input| input.id == prediction.id && !asked.is_answered[index]);
        if is_expected {
            asked.is_answered[index] = true;
            asked.is_ended |= keep(index, prediction).is_break();
        }
        if asked.is_ended {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let end = catch_unwind(AssertUnwindSafe(|| {
        backend.recognize_each(group, &mut hand_over);
    }));
    match end {
        Ok(()) => {
            let answered = asked.is_answered.iter().filter(|is| **is).count();
            format!("the backend answered {answered} of {} images", group.len())
        }
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            format!("the backend panicked: {}", text.unwrap_or("no message"))
        }
    }
}
