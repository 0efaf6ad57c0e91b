//! What is done to both texts before they are compared.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// The steps applied to a text, in this order: canonical form, case, white space.
///
/// White space is what Unicode gives the property `White_Space`, line ends included.
///
/// ```
/// use overnight_metrics::Normalisation;
/// let default = Normalisation::DEFAULT;
/// assert_eq!(default.apply("  a\u{301}\r\n b "), "á b");
/// let folded = Normalisation { case_fold: true, ..default };
/// assert_eq!(folded.apply("Straße"), folded.apply("STRASSE"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalisation {
    /// Canonical composition (NFC).
    pub nfc: bool,
    /// Full Unicode case folding. With `nfc` it is canonical caseless matching (Unicode
    /// standard, definition D145): decompose, fold, compose.
    pub case_fold: bool,
    /// Each run of white space becomes one space; none is left at either end.
    pub fold_whitespace: bool,
    /// No white space is left in the text that characters are counted in. Words are still
    /// split where it was.
    pub remove_whitespace: bool,
}

impl Normalisation {
    /// Nothing is changed.
    pub const NONE: Self = Self {
        nfc: false,
        case_fold: false,
        fold_whitespace: false,
        remove_whitespace: false,
    };

    /// NFC, white-space runs folded to one space, trimmed.
    pub const DEFAULT: Self = Self {
        nfc: true,
        fold_whitespace: true,
        ..Self::NONE
    };

    /// The text that characters are compared in.
    pub fn apply(&self, text: &str) -> String {
        let text = self.letters(text);
        if self.remove_whitespace {
            text.split_whitespace().collect()
        } else if self.fold_whitespace {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text
        }
    }

    /// The text that words are split from: [`Self::apply`] before white space is touched.
    pub fn letters(&self, text: &str) -> String {
        match (self.nfc, self.case_fold) {
            (false, false) => text.to_owned(),
            (true, false) => text.nfc().collect(),
            (false, true) => UniCase::unicode(text).to_folded_case(),
            (true, true) => {
                let decomposed: String = text.nfd().collect();
                UniCase::unicode(decomposed)
                    .to_folded_case()
                    .nfc()
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unicode_white_space_is_folded() {
        let text = "a\u{a0}\u{2003}b\u{3000}\u{85}c\u{2028}";
        assert_eq!(Normalisation::DEFAULT.apply(text), "a b c");
        let none_left = Normalisation {
            remove_whitespace: true,
            ..Normalisation::DEFAULT
        };
        assert_eq!(none_left.apply(text), "abc");
        assert_eq!(Normalisation::NONE.apply(text), text);
    }

    #[test]
    fn folding_ignores_how_a_letter_was_composed() {
        let folded = Normalisation {
            case_fold: true,
            ..Normalisation::DEFAULT
        };
        // Alpha with ypogegrammeni and tonos, composed and not.
        assert_eq!(
            folded.apply("\u{1fb4}"),
            folded.apply("\u{391}\u{301}\u{345}")
        );
        assert_eq!(folded.apply("ΣΊΣΥΦΟΣ"), folded.apply("σίσυφος"));
        assert_eq!(folded.apply("영수증"), "영수증");
    }
}
