//! A backend for a server of models that was found to answer.

use crate::config::{comment, key};

/// Words in the names of models that read images.
const SIGHTED: [&str; 14] = [
    "vl",
    "vlm",
    "vision",
    "llava",
    "ocr",
    "pixtral",
    "internvl",
    "minicpm-v",
    "moondream",
    "gemma3",
    "gemma-3",
    "gpt-4o",
    "molmo",
    "smolvlm",
];

/// A server that answers, and its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedModel {
    /// Name of the backend, as in `[backends.NAME]`.
    pub backend: String,
    /// Where its interface begins.
    pub base_url: String,
    /// The model that is proposed.
    pub model: String,
    /// Other models it has.
    pub others: Vec<String>,
}

impl ServedModel {
    /// Name of a backend nobody knows the model of.
    pub const USUAL_NAME: &'static str = "qwen";

    /// A proposal for the server at `base_url`; `taken` are names of backends that are used
    /// already. Models whose names hold control characters are passed over. `None` without
    /// models.
    pub fn propose(base_url: &str, models: &[String], taken: &[String]) -> Option<Self> {
        let is_plain =
            |model: &&String| !model.trim().is_empty() && !model.contains(char::is_control);
        let models: Vec<&String> = models.iter().filter(is_plain).collect();
        let sighted = models.iter().find(|model| is_sighted(model));
        let model = (*sighted.or(models.first())?).clone();
        let name = name_of(&model);
        let backend = std::iter::once(name.clone())
            .chain((2..).map(|n| format!("{name}-{n}")))
            .find(|name| !taken.contains(name))?;
        let others = models.into_iter().filter(|other| **other != model).cloned();
        Some(Self {
            backend,
            base_url: base_url.to_owned(),
            others: others.collect(),
            model,
        })
    }

    /// Its table in the configuration, with why it stands there.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let why = format!(
            "A server answered at this address when this file was written. Whether `{}` reads \
             images is told by `overnight doctor --deep`.",
            self.model
        );
        comment(&mut text, &why);
        if !self.others.is_empty() {
            let others = format!("Other models it has: {}", self.others.join(", "));
            comment(&mut text, &others);
        }
        let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
        text.push_str(&format!(
            "[backends.{}]\nkind = \"openai\"\nbase_url = {}\nmodel = {}\n",
            key(&self.backend),
            quoted(&self.base_url),
            quoted(&self.model)
        ));
        text
    }
}

/// Whether a model's name says that it reads images.
fn is_sighted(model: &str) -> bool {
    let model = model.to_lowercase();
    SIGHTED.iter().any(|word| {
        model.match_indices(word).any(|(at, _)| {
            let after = model[at + word.len()..].chars().next();
            after.is_none_or(|c| !c.is_alphabetic())
        })
    })
}

/// What a backend with this model is called: the family's name, the letters its name begins
/// with behind folders and words such as `tiny-`.
fn name_of(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model).to_lowercase();
    if name.contains(ServedModel::USUAL_NAME) {
        return ServedModel::USUAL_NAME.to_owned();
    }
    let family: String = name.chars().take_while(char::is_ascii_lowercase).collect();
    match family.as_str() {
        "" => "vlm".to_owned(),
        // These names are taken, and what they stand for is not changed in passing.
        "ppocr" | "tesseract" => format!("{family}-vlm"),
        _ => family,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Config;

    fn propose(models: &[&str]) -> ServedModel {
        let models: Vec<String> = models.iter().map(|model| (*model).to_owned()).collect();
        ServedModel::propose("http://127.0.0.1:1/v1", &models, &[]).unwrap()
    }

    #[test]
    fn a_model_that_sees_goes_first() {
        let found = propose(&["mistral:7b", "qwen2.5vl:7b", "llava:13b"]);
        assert_eq!((&*found.model, &*found.backend), ("qwen2.5vl:7b", "qwen"));
        assert_eq!(found.others, ["mistral:7b", "llava:13b"]);
        assert_eq!(propose(&["mistral:7b"]).backend, "mistral");
        assert_eq!(propose(&["org/InternVL3-8B"]).backend, "internvl");
        assert_eq!(propose(&["tesseract"]).backend, "tesseract-vlm");
        assert_eq!(propose(&["4o"]).backend, "vlm");
        assert!(!is_sighted("vlad-7b") && is_sighted("Qwen/Qwen2.5-VL-7B-Instruct"));
        assert_eq!(ServedModel::propose("u", &[], &[]), None);
        let taken = ["qwen".to_owned(), "qwen-2".to_owned()];
        let again = ServedModel::propose("u", &["qwen-vl".to_owned()], &taken).unwrap();
        assert_eq!(again.backend, "qwen-3");
    }

    #[test]
    fn whatever_a_server_says_the_table_can_be_read() {
        let odd = propose(&["broken\nname", "a\"b'\\ #[x]", "c]\" = 1"]);
        let config = Config::parse(&odd.table(), Path::new("overnight.toml")).unwrap();
        assert_eq!(config.backends.len(), 1, "{}", odd.table());
        assert_eq!(odd.others.len(), 1);
    }
}
