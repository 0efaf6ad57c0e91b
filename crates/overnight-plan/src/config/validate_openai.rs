//! What the options of a served model say about each other.

use super::Openai;
use super::check::Checker;
use super::origin::Places;
use super::validate::{report, variables};

/// Checks a served model whose values are right each for itself.
pub(super) fn validate(name: &str, openai: &Openai, places: &Places, checker: &mut Checker<'_>) {
    let mut problem = |key: &str, message: String, hint: &str| {
        let hint = Some(hint.to_owned());
        report(places, checker, &["backends", name, key], message, hint);
    };
    if let Some(reason) = not_an_address(&openai.base_url) {
        problem(
            "base_url",
            format!("`base_url` {reason}"),
            "write for example `http://127.0.0.1:8001/v1`",
        );
    }
    if let Some(variable) = &openai.api_key_env
        && !is_variable(variable)
    {
        problem(
            "api_key_env",
            "`api_key_env` is the name of an environment variable, not the key".to_owned(),
            "put the key into a variable such as VLM_API_KEY, and name that",
        );
    }
    if openai.prompt_text.is_some() && openai.prompt_file.is_some() {
        problem(
            "prompt_file",
            "`prompt_text` and `prompt_file` do not go together".to_owned(),
            "keep the one that is meant",
        );
    }
    let is_own = openai.prompt_text.is_some() || openai.prompt_file.is_some();
    if openai.answer.is_some() && !is_own {
        problem(
            "answer",
            "`answer` belongs to a prompt of your own".to_owned(),
            "leave it out: `prompt` decides it",
        );
    }
    if openai
        .prompt_text
        .as_ref()
        .is_some_and(|text| text.trim().is_empty())
    {
        problem(
            "prompt_text",
            "`prompt_text` is empty".to_owned(),
            "write what is asked, or leave it out",
        );
    }
    if openai.min_pixels > openai.max_pixels {
        problem(
            "max_pixels",
            format!(
                "`max_pixels` ({}) is less than `min_pixels` ({})",
                openai.max_pixels, openai.min_pixels
            ),
            "raise one or lower the other",
        );
    }
    if openai
        .top_p
        .is_some_and(|top_p| top_p <= 0.0 || top_p > 1.0)
    {
        problem(
            "top_p",
            "`top_p` is a share above 0 and at most 1".to_owned(),
            "write for example 0.9",
        );
    }
    if !is_image_form(&openai.image) {
        problem(
            "image",
            format!("`{}` is no form images can be sent in", openai.image),
            "write `png`, or `jpeg:q95` with a quality from 1 to 100",
        );
    }
    if openai.serve.is_none() && !openai.serve_env.is_empty() {
        problem(
            "serve_env",
            "`serve_env` does nothing without `serve`".to_owned(),
            "name the program that starts the server as `serve`",
        );
    }
    let env = ["backends", name, "serve_env"];
    variables(&openai.serve_env, &env, places, checker);
}

/// Why a text cannot be the beginning of an interface's addresses.
fn not_an_address(url: &str) -> Option<&'static str> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    let Some(rest) = rest else {
        return Some("does not begin with `http://` or `https://`");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || url.contains(char::is_whitespace) {
        return Some("names no server");
    }
    if host.contains('@') {
        return Some("holds a user or a key, which would be written into results");
    }
    if url.contains(['?', '#']) {
        return Some("ends with the path, without `?` or `#`");
    }
    url.ends_with("/chat/completions")
        .then_some("ends before `/chat/completions`, which is added")
}

fn is_variable(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn is_image_form(form: &str) -> bool {
    let quality = form
        .strip_prefix("jpeg:q")
        .and_then(|q| q.parse::<u8>().ok());
    form == "png" || quality.is_some_and(|quality| (1..=100).contains(&quality))
}
