//! What commands say, as one plain line for a person.

/// Longest line in characters; the logs have the rest.
const LIMIT: usize = 300;

/// The last line of a text that says anything, as plain text; of a line that was drawn
/// over, the last drawing.
pub(super) fn last_line_of(text: &str) -> Option<String> {
    text.rsplit(['\n', '\r'])
        .map(one_line)
        .find(|line| !line.is_empty())
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
        assert!(one_line(&"x".repeat(1000)).chars().count() <= LIMIT);
    }
}
