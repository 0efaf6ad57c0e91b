//! The forms a secret value takes in other encodings.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::SHORTEST;

/// Columns at which `base64` and MIME wrap their lines.
const WRAPPED: usize = 76;

/// Every form of `value` that stands on one line, each at least [`SHORTEST`] bytes long.
pub(super) fn forms(value: &str) -> Vec<Vec<u8>> {
    let mut forms: Vec<Vec<u8>> = vec![value.as_bytes().to_vec()];
    forms.extend(url_encoded(value).map(String::into_bytes));
    forms.extend(json_escaped(value).map(String::into_bytes));
    forms.extend(html_escaped(value).map(String::into_bytes));
    forms.extend(base64_encoded(value.as_bytes()));
    forms.retain(|form| form.len() >= SHORTEST && !form.iter().any(|b| is_line_end(*b)));
    forms.sort();
    forms.dedup();
    forms
}

/// Whether a byte ends a line of a log; progress bars end theirs with `\r`.
pub(super) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// As in a path, a query and a form, with hex digits of both cases.
fn url_encoded(value: &str) -> impl Iterator<Item = String> {
    let encode = |keep: &str, space: &str, upper: bool| {
        let mut text = String::new();
        for byte in value.bytes() {
            let c = char::from(byte);
            if byte.is_ascii_alphanumeric() || "-._~".contains(c) || keep.contains(c) {
                text.push(c);
            } else if c == ' ' {
                text.push_str(space);
            } else {
                let _ = if upper {
                    write!(text, "%{byte:02X}")
                } else {
                    write!(text, "%{byte:02x}")
                };
            }
        }
        text
    };
    [
        encode("", "%20", true),
        encode("", "%20", false),
        encode("/", "%20", true),
        encode("", "+", true),
        // What browsers and curl leave alone in the user information of a URL.
        encode("!$&'()*+,;=", "%20", true),
    ]
    .into_iter()
}

/// The inside of a JSON string: as it is, and in ASCII only.
fn json_escaped(value: &str) -> impl Iterator<Item = String> {
    let quoted = serde_json::Value::from(value).to_string();
    let plain = quoted[1..quoted.len() - 1].to_owned();
    let mut ascii = String::new();
    for c in plain.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    [plain, ascii].into_iter()
}

/// As HTML and XML write it, with names and with numbers.
fn html_escaped(value: &str) -> impl Iterator<Item = String> {
    const NAMED: [(char, &str); 5] = [
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('"', "&quot;"),
        ('\'', "&#x27;"),
    ];
    const NUMBERED: [(char, &str); 5] = [
        ('&', "&#38;"),
        ('<', "&#60;"),
        ('>', "&#62;"),
        ('"', "&#34;"),
        ('\'', "&#39;"),
    ];
    [NAMED, NUMBERED]
        .map(|table| {
            let mut text = String::new();
            for c in value.chars() {
                match table.iter().find(|(plain, _)| *plain == c) {
                    Some((_, escaped)) => text.push_str(escaped),
                    None => text.push(c),
                }
            }
            text
        })
        .into_iter()
}

/// What of its Base64 does not depend on the bytes around it, at each of the three offsets
/// it may have there, in both alphabets; and line by line where it is wrapped.
fn base64_encoded(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(value);
        let own_from = (offset * 8).div_ceil(6);
        let own_to = shifted.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted);
            if let Some(own) = encoded.as_bytes().get(own_from..own_to) {
                found.push(own.to_vec());
            }
        }
    }
    let whole = STANDARD_NO_PAD.encode(value);
    if whole.len() > WRAPPED {
        let lines = whole.as_bytes().chunks(WRAPPED);
        found.extend(lines.filter(|line| line.len() >= 16).map(<[u8]>::to_vec));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, form: &str) -> bool {
        forms(value).contains(&form.as_bytes().to_vec())
    }

    #[test]
    fn the_forms_of_a_value() {
        let value = "p&ss \"w/rd\"+é";
        for form in [
            value,
            "p%26ss%20%22w%2Frd%22%2B%C3%A9",
            "p%26ss%20%22w%2frd%22%2b%c3%a9",
            "p%26ss%20%22w/rd%22%2B%C3%A9",
            "p%26ss+%22w%2Frd%22%2B%C3%A9",
            "p&ss \\\"w/rd\\\"+é",
            "p&ss \\\"w/rd\\\"+\\u00e9",
            "p&amp;ss &quot;w/rd&quot;+é",
            "p&#38;ss &#34;w/rd&#34;+é",
        ] {
            assert!(has(value, form), "{form}");
        }
    }

    #[test]
    fn base64_is_found_at_every_offset_in_a_larger_text() {
        let value = "hunter2-and-more";
        for around in ["", "u", "us", "user:"] {
            let text = format!("{around}{value}@host");
            let encoded = STANDARD_NO_PAD.encode(text);
            let is_known = forms(value)
                .iter()
                .any(|form| encoded.contains(std::str::from_utf8(form).unwrap()));
            assert!(is_known, "{around}");
        }
    }

    #[test]
    fn a_form_stands_on_one_line() {
        let lines = forms("first line\nsecond line");
        assert!(!lines.iter().any(|form| form.contains(&b'\n')));
        assert!(lines.contains(&b"first line\\nsecond line".to_vec()));
    }
}
