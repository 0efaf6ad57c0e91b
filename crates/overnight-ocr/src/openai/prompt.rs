//! What a model is asked: named prompts with versions, or the user's own.

use overnight_record::store::sha256_hex;

/// A question and the form of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its name with its version, such as `transcribe@1`; `own` for the user's own.
    pub name: String,
    /// What stands beside the image.
    pub text: String,
    /// What stands before everything, when something does.
    pub system: Option<String>,
    /// The form of the answer.
    pub form: AnswerForm,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerForm {
    /// The text itself.
    Text,
    /// The text with marks of Markdown, which are taken off it.
    Markdown,
    /// A JSON object with the lines of a receipt and its key values.
    ReceiptJson,
}

/// A named prompt. Its text never changes under one version: answers are cached by it, and
/// numbers are compared by its name.
struct Named {
    name: &'static str,
    version: u32,
    text: &'static str,
    form: AnswerForm,
}

const NAMED: [Named; 3] = [
    Named {
        name: "transcribe",
        version: 1,
        text: "Transcribe all text in this image exactly as it is written, in reading order, \
               with a line break wherever a line of the image ends. Do not translate, correct, \
               complete, describe or format anything. Answer with the text alone; if there is \
               no text, answer with nothing.",
        form: AnswerForm::Text,
    },
    Named {
        name: "markdown",
        version: 1,
        text: "Transcribe this page as Markdown, in reading order. Copy all text exactly as it \
               is written; do not translate, correct, complete or describe anything. Mark \
               headings, lists and emphasis as Markdown does, write tables as HTML with <table>, \
               <tr>, <th> and <td>, and formulas as LaTeX between $ signs. Leave pictures out. \
               Answer with the Markdown alone; if there is no text, answer with nothing.",
        form: AnswerForm::Markdown,
    },
    Named {
        name: "receipt-json",
        version: 1,
        text: "Read this receipt. Answer with one JSON object and nothing else: \
               {\"lines\": [every line of the receipt as a string, from top to bottom, exactly \
               as it is written], \"company\": string or null, \"date\": string or null, \
               \"address\": string or null, \"total\": string or null}. Copy values exactly as \
               they are written; use null for what is not there.",
        form: AnswerForm::ReceiptJson,
    },
];

impl Prompt {
    /// The prompt of this name; `None` when there is none.
    pub fn named(name: &str) -> Option<Self> {
        let named = NAMED.iter().find(|named| named.name == name)?;
        Some(Self {
            name: format!("{}@{}", named.name, named.version),
            text: named.text.to_owned(),
            system: None,
            form: named.form,
        })
    }

    /// A prompt of the user's own.
    pub fn own(text: &str, form: AnswerForm) -> Self {
        Self {
            name: "own".to_owned(),
            text: text.trim().to_owned(),
            system: None,
            form,
        }
    }

    /// SHA-256 of everything it says, in hex.
    pub fn sha256(&self) -> String {
        let system = self.system.as_deref().unwrap_or_default();
        sha256_hex(format!("{system}\n\0\n{}", self.text).as_bytes())
    }
}

impl Default for Prompt {
    /// `transcribe`.
    fn default() -> Self {
        let named = &NAMED[0];
        Self {
            name: format!("{}@{}", named.name, named.version),
            text: named.text.to_owned(),
            system: None,
            form: named.form,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prompt whose words change gets a new version, or old answers pass for new ones.
    #[test]
    fn the_words_of_a_version_stay() {
        let hash = |name: &str| {
            let prompt = Prompt::named(name).unwrap();
            (prompt.name.clone(), prompt.sha256()[..16].to_owned())
        };
        assert_eq!(
            [hash("transcribe"), hash("markdown"), hash("receipt-json")],
            [
                ("transcribe@1".to_owned(), "9e22dc708acb864f".to_owned()),
                ("markdown@1".to_owned(), "8ed1a92b9e57ca70".to_owned()),
                ("receipt-json@1".to_owned(), "f4de9eb869a00e65".to_owned()),
            ]
        );
        assert_eq!(Prompt::named("transcribe"), Some(Prompt::default()));
        assert_eq!(Prompt::named("other"), None);
    }
}
