//! Signs that printers and readers take for one another.

/// The sign a character stands for: the first of its class, or itself.
///
/// The classes, beyond what NFKC does: the won sign and the backslash that Korean code pages
/// show in its place; tildes; single and double quotation marks; hyphens and dashes; middle
/// dots. Yen and won stay apart.
pub(super) fn canonical(character: char) -> char {
    match character {
        '\\' | '\u{ffe6}' => '₩',
        '\u{223c}' | '\u{301c}' | '\u{ff5e}' | '\u{2053}' => '~',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2035}' | '`' | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{2036}' | '\u{301d}'..='\u{301f}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{ff0d}' => '-',
        '\u{2022}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{ff65}' | '\u{318d}'
        | '\u{119e}' => '\u{b7}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_one_name() {
        for character in "\\₩~〜∼'’`\"”-—–·・•a가5".chars() {
            assert_eq!(canonical(canonical(character)), canonical(character));
        }
        assert_eq!(canonical('a'), 'a');
    }
}
