//! Taking off what a model puts around the text it read.

/// Longest line that may be an introduction, in characters.
const MOST_PREAMBLE: usize = 160;

/// What is left of an answer, and what was taken off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub(super) text: String,
    pub(super) notes: Vec<String>,
}

/// Takes off thoughts, tokens of the chat form, an introduction and a markdown fence around
/// the whole, in this order, and white space at both ends. Nothing inside the text changes.
pub(super) fn clean(raw: &str) -> Cleaned {
    let mut notes = Vec::new();
    let mut note = |what: &str| notes.push(format!("{what} was taken off the answer"));
    let mut text = raw.trim();
    if let Some(rest) = without_thoughts(text) {
        text = rest;
        note("what the model thought");
    }
    if let Some(rest) = without_tokens(text) {
        text = rest;
        note("a token of the chat form");
    }
    if let Some(rest) = without_preamble(text) {
        text = rest;
        note("an introduction");
    }
    if let Some(inner) = inside_fence(text) {
        text = inner;
        note("a markdown fence");
    }
    Cleaned {
        text: text.trim().to_owned(),
        notes,
    }
}

/// What follows `<think>...</think>` at the beginning.
fn without_thoughts(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("<think>")?;
    rest.split_once("</think>").map(|(_, rest)| rest.trim())
}

/// Without end tokens that a server let through.
fn without_tokens(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(less) = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "</s>"]
        .into_iter()
        .find_map(|token| rest.strip_suffix(token))
    {
        rest = less.trim_end();
    }
    (rest.len() < text.len()).then_some(rest)
}

/// What follows a first line such as `Here is the text extracted from the image:`. It must end
/// with a colon, speak of itself and have something after it, so that a heading stays.
fn without_preamble(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once('\n')?;
    let first = first.trim().trim_matches('*').trim();
    let is_short = first.chars().count() <= MOST_PREAMBLE;
    if !is_short || !first.ends_with([':', '：']) || rest.trim().is_empty() {
        return None;
    }
    let lower = first.to_lowercase();
    let has_any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let speaks = lower.starts_with("here is")
        || lower.starts_with("here's")
        || lower.starts_with("here are")
        || lower.starts_with("sure")
        || lower.starts_with("certainly")
        || lower.starts_with("of course")
        || lower.starts_with("the text in the ")
        || lower.starts_with("the transcribed text")
        || lower.starts_with("the extracted text")
        || lower.starts_with("다음은")
        || lower.starts_with("이미지에서")
        || lower.starts_with("이미지의 텍스트");
    let about = has_any(&[
        "text",
        "transcription",
        "transcript",
        "content",
        "image",
        "receipt",
        "json",
        "텍스트",
        "내용",
        "영수증",
    ]);
    (speaks && about).then_some(rest.trim())
}

/// What stands between a first line of three backticks and the matching last line. A closing
/// remark behind the fence is no text of the image; a second fence makes it a document.
fn inside_fence(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("```")?;
    let (info, inner) = rest.split_once('\n')?;
    let is_info = info
        .trim()
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_+".contains(c));
    if !is_info {
        return None;
    }
    let (inner, after) = match inner.strip_prefix("```") {
        Some(after) => ("", after),
        None => inner.split_once("\n```")?,
    };
    (!after.contains("```") && after.lines().count() <= 3).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        clean(raw).text
    }

    #[test]
    fn what_was_put_around_goes_and_the_rest_stays() {
        assert_eq!(text("```\nA\n  B\n```"), "A\n  B");
        assert_eq!(text("```text\nA\n```\nLet me know if you need more."), "A");
        assert_eq!(text("Sure! Here is the text:\n```json\n{}\n```"), "{}");
        assert_eq!(text("<think>\nhm\n</think>\n\nA<|im_end|>"), "A");
        assert_eq!(text("```\n```"), "");
        assert_eq!(text("**Here is the transcription:**\n\nA"), "A");
        assert_eq!(text("다음은 이미지의 텍스트입니다:\n합계"), "합계");
    }

    #[test]
    fn headings_and_documents_with_code_stay() {
        for kept in [
            "TOTAL:\n5.00",
            "Contents:\n1 Introduction",
            "Here is the text:",
            "Here lies:\nthe text of an image",
            "```a\nx\n```\nand\n```b\ny\n```",
            "use ``` for code",
            "```\nnever closed",
            "The receipt:\nTEA 1.00",
        ] {
            let cleaned = clean(kept);
            assert_eq!((cleaned.text.as_str(), cleaned.notes.len()), (kept, 0));
        }
    }
}
