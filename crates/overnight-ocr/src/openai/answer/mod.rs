//! What a model's answer amounts to: text, or the reason why it is none. Pure.

mod clean;
mod receipt;
mod refusal;
mod repetition;
mod script;

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;

use super::prompt::AnswerForm;
use crate::markdown;

pub use script::Script;

/// Version of everything in this module: raised when code changes what becomes of an answer.
pub const CLEANER: u32 = 2;

/// What an answer is held against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What it should be.
    pub form: AnswerForm,
    /// Scripts the text may be written in; any when empty.
    pub scripts: &'a [Script],
}

/// What an answer amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What became of it.
    pub status: PredictionStatus,
    /// The text to be scored; empty unless the status allows one.
    pub text: String,
    /// Key values that were asked for beside the text.
    pub fields: BTreeMap<String, String>,
    /// What was done to the answer, and what is odd about the text.
    pub notes: Vec<String>,
    /// Why there is no text.
    pub error: Option<String>,
}

impl Judgement {
    fn without_text(status: PredictionStatus, error: String) -> Self {
        Self {
            status,
            text: String::new(),
            fields: BTreeMap::new(),
            notes: Vec::new(),
            error: Some(error),
        }
    }
}

/// Judges an answer by its text and the server's reason for its end. A loop is looked for
/// first: it ends at the length limit as a rule, and that it was cut off is then no news.
pub fn judge(raw: &str, finish_reason: Option<&str>, rules: Rules<'_>) -> Judgement {
    let is_cut = is_cut(finish_reason);
    if let Some(loop_) = repetition::find(raw, is_cut) {
        return Judgement::without_text(PredictionStatus::Loop, loop_);
    }
    if finish_reason == Some("content_filter") {
        let reason = "the server's filter held the answer back".to_owned();
        return Judgement::without_text(PredictionStatus::Refusal, reason);
    }
    if is_cut {
        let n = raw.chars().count();
        let reason = format!("the answer was cut off by the length limit after {n} characters");
        return Judgement::without_text(PredictionStatus::Truncated, reason);
    }
    let clean::Cleaned { text, mut notes } = clean::clean(raw);
    if text.is_empty() {
        return Judgement {
            status: PredictionStatus::Empty,
            text: String::new(),
            fields: BTreeMap::new(),
            notes,
            error: None,
        };
    }
    if refusal::is_refusal(&text) {
        let reason = format!("the model declined: {}", beginning(&text));
        return Judgement::without_text(PredictionStatus::Refusal, reason);
    }
    let (text, fields) = match rules.form {
        AnswerForm::Text => (text, BTreeMap::new()),
        AnswerForm::Markdown => (markdown::plain_text(&text), BTreeMap::new()),
        AnswerForm::ReceiptJson => match receipt::read(&text) {
            Ok(receipt) => {
                notes.extend(receipt.remark());
                (receipt.text, receipt.fields)
            }
            Err(reason) => {
                return Judgement::without_text(PredictionStatus::ParseError, reason);
            }
        },
    };
    if text.is_empty() {
        return Judgement {
            status: PredictionStatus::Empty,
            text,
            fields,
            notes,
            error: None,
        };
    }
    notes.extend(script::odd_share(&text, rules.scripts));
    Judgement {
        status: PredictionStatus::Ok,
        text,
        fields,
        notes,
        error: None,
    }
}

/// Whether an answer ended because it was long enough.
pub(super) fn is_cut(finish_reason: Option<&str>) -> bool {
    matches!(finish_reason, Some("length" | "max_tokens"))
}

/// The first words of a text, in one line.
fn beginning(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
