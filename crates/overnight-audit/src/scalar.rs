//! Writing one YAML value so that it reads back as the same text.

use crate::front_matter::{FrontMatter, Quote, Value, read};

/// `text` as a YAML scalar on one line, in the style asked for where that is possible.
pub(crate) fn write(text: &str, quote: Quote) -> String {
    match quote {
        Quote::Plain if is_plain(text) => text.to_owned(),
        Quote::Single if !text.chars().any(char::is_control) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Quote::Plain | Quote::Single | Quote::Double | Quote::Block => double_quoted(text),
    }
}

/// Whether `text` reads back as the same string without quotes, and not as a number, a
/// truth value or a date.
fn is_plain(text: &str) -> bool {
    let special = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "~"
    );
    if special || is_number_like(text) || text.chars().any(char::is_control) {
        return false;
    }
    let line = format!("---\nk: {text}\n---\n");
    match read(&line, 0) {
        FrontMatter::Fields(block) => {
            block.fields.len() == 1
                && matches!(&block.fields[0].value, Value::Scalar { text: read_back, quote: Quote::Plain, .. } if read_back == text)
        }
        _ => false,
    }
}

/// Text some YAML reader takes for a number or a date: it begins like one and has no space
/// or letter that forbids it.
fn is_number_like(text: &str) -> bool {
    let numeric =
        |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | '_' | '+' | '-' | ':' | 'x' | 'o');
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))
        && text.chars().all(numeric)
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_used_where_yaml_needs_them() {
        for (text, written) in [
            ("active", "active"),
            ("한국어 제목", "한국어 제목"),
            ("2025-12-25 04:10 (KST)", "2025-12-25 04:10 (KST)"),
            ("1.0", "\"1.0\""),
            ("2025-12-25", "\"2025-12-25\""),
            ("no", "\"no\""),
            ("a: b", "\"a: b\""),
            ("a # b", "\"a # b\""),
            ("# a", "\"# a\""),
            ("it's", "it's"),
            ("\"q\"", "\"\\\"q\\\"\""),
            ("", "\"\""),
            ("- x", "\"- x\""),
        ] {
            assert_eq!(write(text, Quote::Plain), written);
        }
        assert_eq!(write("it's", Quote::Single), "'it''s'");
    }

    proptest::proptest! {
        #[test]
        fn every_text_reads_back(text in "[^\u{0}]*", style in 0..3usize) {
            let quote = [Quote::Plain, Quote::Single, Quote::Double][style];
            let line = format!("---\nk: {}\n---\n", write(&text, quote));
            match read(&line, 0) {
                FrontMatter::Fields(block) => match &block.fields[0].value {
                    Value::Scalar { text: read_back, .. } => proptest::prop_assert_eq!(read_back, &text),
                    other => proptest::prop_assert!(false, "{:?}", other),
                },
                other => proptest::prop_assert!(false, "{:?}", other),
            }
        }
    }
}
