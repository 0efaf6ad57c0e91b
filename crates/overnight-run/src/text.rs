//! Short words for people: durations, subjects, titles.

use std::time::Duration;

/// A duration to two units: `840ms`, `12.3s`, `4m 05s`, `2h 10m`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else if seconds < 60 {
        format!("{:.1}s", duration.as_secs_f64())
    } else if seconds < 3600 {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    } else {
        format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60)
    }
}

/// The first words of a plan's line without its Markdown marks, at most `limit` characters.
pub(crate) fn first_words(text: &str, limit: usize) -> String {
    let plain: String = text.chars().filter(|c| !matches!(c, '`' | '*')).collect();
    let mut words = String::new();
    for word in plain.split_whitespace() {
        let length = words.chars().count() + word.chars().count() + 1;
        if length > limit {
            if words.is_empty() {
                words = word.chars().take(limit).collect();
            }
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    words.trim_end_matches(['.', ',', ';', ':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        let shown = |ms| duration(Duration::from_millis(ms));
        assert_eq!(shown(840), "840ms");
        assert_eq!(shown(12_340), "12.3s");
        assert_eq!(shown(245_000), "4m 05s");
        assert_eq!(shown(7_800_000), "2h 10m");
    }

    #[test]
    fn a_subject_ends_with_a_word() {
        let text = "Run `uv run ruff check --fix .` and `uv run ruff format .`.";
        assert_eq!(
            first_words(text, 40),
            "Run uv run ruff check --fix . and uv run"
        );
        assert_eq!(
            first_words(text, 100),
            "Run uv run ruff check --fix . and uv run ruff format"
        );
        assert_eq!(first_words("영수증을 고친다.", 60), "영수증을 고친다");
        assert_eq!(first_words("", 60), "");
    }
}
