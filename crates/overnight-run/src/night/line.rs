//! What commands say, as one plain line for a person.

/// Longest line in characters; the logs have the rest.
const LIMIT: usize = 300;

/// What programs say below their error about how to use them.
const ADVICE: [&str; 5] = ["for more information", "usage:", "tip:", "hint:", "try '"];

/// The last line of a text that says anything, as plain text; of a line that was drawn
/// over, the last drawing. Advice below an error is passed over, unless there is nothing
/// else.
pub(super) fn last_line_of(text: &str) -> Option<String> {
    let lines = || {
        text.rsplit(['\n', '\r'])
            .map(one_line)
            .filter(|line| !line.is_empty())
    };
    let is_advice = |line: &str| {
        let lower = line.to_lowercase();
        ADVICE.iter().any(|start| lower.starts_with(start))
    };
    let last = lines().next()?;
    if !is_advice(&last) {
        return Some(last);
    }
    lines().find(|line| !is_advice(line)).or(Some(last))
}

/// A text as one plain line: no escape sequences, no control characters.
pub(super) fn one_line(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // A control sequence ends with a letter; its parameters are not text.
            if chars.next() == Some('[') {
                chars.by_ref().find(char::is_ascii_alphabetic);
            }
        } else if c.is_control() || c.is_whitespace() {
            plain.push(' ');
        } else {
            plain.push(c);
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    clip(&words.join(" "))
}

/// A line of at most [`LIMIT`] characters.
pub(super) fn clip(text: &str) -> String {
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LIMIT - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_plain_text() {
        let text = "a\n\u{1b}[31mError\u{1b}[0m: x\u{7}y\n10%\r100%\r\n\n";
        assert_eq!(last_line_of(text).as_deref(), Some("100%"));
        assert_eq!(
            last_line_of("a\n\u{1b}[1;31mE\u{1b}[0m  b\n").as_deref(),
            Some("E b")
        );
        assert_eq!(last_line_of("\n \n"), None);
        let misuse = "error: unexpected argument '--x' found\n\n  tip: a similar argument exists\n\n\
                      Usage: tool [OPTIONS]\n\nFor more information, try '--help'.\n";
        assert_eq!(
            last_line_of(misuse).as_deref(),
            Some("error: unexpected argument '--x' found")
        );
        assert_eq!(last_line_of("Usage: x\n").as_deref(), Some("Usage: x"));
        assert!(one_line(&"x".repeat(1000)).chars().count() <= LIMIT);
    }
}
