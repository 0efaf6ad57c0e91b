//! Texts that need nothing done to them, told from their bytes.
//!
//! Sixteen bytes are looked at together, so that a compiler makes vectors of them: to take a
//! line apart into code points and ask Unicode's tables about each costs several times what
//! measuring its distance does.

/// Whether a text is in NFC and each of its code points is a grapheme cluster (but for CR LF),
/// as far as its bytes tell; `false` says nothing. True of texts of ASCII, of the other Latin
/// letters up to U+02FF, of kana, Han characters and Hangul syllables, of most punctuation, and
/// of full-width ASCII: none of these combines with what is beside it.
pub(super) fn is_plain(text: &str) -> bool {
    let may_combine = |byte: u8, next: u8| {
        matches!(byte, 0xcc..=0xe3 | 0xee..)
            | (byte == 0xea) & (next < 0xb0)
            | (byte == 0xed) & (next >= 0x9e)
    };
    !any_byte(text, may_combine, |byte, next, after| match byte {
        // U+0300 to U+1FFF: among others, combining marks and Hangul letters.
        0xcc..=0xe1 => true,
        // U+2000 to U+200D: spaces that NFC replaces, joiners. U+20C0 to U+2FFF: more marks.
        0xe2 => (next == 0x80) & (after < 0x8e) | (next > 0x82),
        // U+302A to U+303F, and U+3098 to U+309B: marks beside punctuation and kana.
        0xe3 => (next == 0x80) & (after >= 0xaa) | (next == 0x82) & ((after | 3) == 0x9b),
        // U+A000 to U+ABFF.
        0xea => next < 0xb0,
        // Beyond the last syllable, U+D7A3: vowels and final consonants.
        0xed => (next == 0x9e) & (after > 0xa3) | (next == 0x9f),
        // U+E000 to U+FEFF, and U+FF80 on: private use, ideographs that NFC replaces, marks.
        0xee => true,
        0xef => (next != 0xbc) & (next != 0xbd),
        // Beyond U+FFFF.
        0xf0.. => true,
        _ => false,
    })
}

/// Whether all white space of a text is single blanks between other characters.
pub(super) fn is_folded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_blank = |byte: Option<&u8>| byte == Some(&b' ');
    if is_blank(bytes.first()) || is_blank(bytes.last()) {
        return false;
    }
    let may_be_space = |byte: u8, next: u8| {
        matches!(byte, b'\t'..=b'\r' | 0xe1..=0xe3)
            | (byte == 0xc2)
            | (byte == b' ') & (next == b' ')
    };
    !any_byte(text, may_be_space, |byte, next, after| match byte {
        b'\t'..=b'\r' => true,
        b' ' => next == b' ',
        // U+0085, U+00A0.
        0xc2 => (next == 0x85) | (next == 0xa0),
        // U+1680.
        0xe1 => (next == 0x9a) & (after == 0x80),
        // U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F.
        0xe2 => {
            (next == 0x80) & ((after <= 0x8a) | (after == 0xa8) | (after == 0xa9) | (after == 0xaf))
                | (next == 0x81) & (after == 0x9f)
        }
        // U+3000.
        0xe3 => (next == 0x80) & (after == 0x80),
        _ => false,
    })
}

/// Whether `found` is true of any byte and the two after it, 0 after the last. It is asked where
/// `may_be`, which takes less time, is true of a byte near by and the one after that.
fn any_byte(
    text: &str,
    may_be: impl Fn(u8, u8) -> bool,
    found: impl Fn(u8, u8, u8) -> bool,
) -> bool {
    let bytes = text.as_bytes();
    let at = |place: usize| bytes.get(place).copied().unwrap_or(0);
    let found_at = |place: usize| found(at(place), at(place + 1), at(place + 2));
    let found_in = |window: &[u8; 18]| {
        (0..16).fold(false, |any, i| any | may_be(window[i], window[i + 1]))
            && (0..16).any(|i| found(window[i], window[i + 1], window[i + 2]))
    };
    let Some(last) = bytes.last_chunk() else {
        return (0..bytes.len()).any(found_at);
    };
    let mut first = 0;
    while let Some(window) = bytes[first..].first_chunk() {
        if found_in(window) {
            return true;
        }
        first += 16;
    }
    // What is left, together with some that were looked at before.
    found_in(last) || (bytes.len() - 2..bytes.len()).any(found_at)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    fn characters() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    /// A character alone, and in texts that reach beyond sixteen bytes on either side.
    fn with(character: char) -> [String; 4] {
        [
            character.to_string(),
            format!("{character}{}", "x".repeat(30)),
            format!("{}{character}{}", "x".repeat(15), "x".repeat(17)),
            format!("{}{character}", "x".repeat(30)),
        ]
    }

    fn is_listed(character: char) -> bool {
        matches!(
            character,
            '\0'..='\u{2ff}'
                | '\u{200e}'..='\u{20bf}'
                | '\u{3000}'..='\u{3029}'
                | '\u{3040}'..='\u{3097}'
                | '\u{309c}'..='\u{9fff}'
                | '\u{ac00}'..='\u{d7a3}'
                | '\u{ff00}'..='\u{ff7f}'
        )
    }

    #[test]
    fn plain_characters_are_those_listed() {
        for character in characters() {
            for text in with(character) {
                assert_eq!(is_plain(&text), is_listed(character), "{text:?}");
            }
        }
    }

    #[test]
    fn plain_characters_are_composed_and_combine_with_none() {
        for character in characters().filter(|character| is_listed(*character)) {
            let quick = is_nfc_quick([character].into_iter());
            assert_eq!(quick, IsNormalized::Yes, "{character:?}");
            assert_eq!(canonical_combining_class(character), 0, "{character:?}");
            for other in "a\n\u{ad}©가각漢あ".chars() {
                let text = String::from_iter([other, character, other]);
                let n = text.graphemes(true).count();
                assert_eq!(
                    n,
                    3 - usize::from(character == '\r' && other == '\n'),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn only_single_blanks_are_folded() {
        for character in characters() {
            let is_other_space = character.is_whitespace() && character != ' ';
            for text in with(character) {
                let is_at_an_end = text.starts_with(' ') || text.ends_with(' ');
                assert_eq!(
                    is_folded(&text),
                    !is_other_space && !is_at_an_end,
                    "{text:?}"
                );
            }
        }
        for n in 0..40 {
            let before = "x".repeat(n);
            assert!(is_folded(&format!("{before}x x{before}")));
            assert!(!is_folded(&format!("{before}x  x{before}")));
        }
        assert!(is_folded(""));
        assert!(!is_folded(" "));
    }
}
