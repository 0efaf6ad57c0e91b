//! What is done to both texts before they are compared.

use std::borrow::Cow;

use unicase::UniCase;
use unicode_normalization::{UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

use super::equivalence::canonical;
use super::plain::{is_folded, is_plain};

/// The Unicode normalisation form a text is brought to (UAX 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Keep,
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition: ligatures, full-width digits, circled numbers and the like
    /// become plain characters.
    Nfkc,
}

/// What becomes of upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// As it is.
    Keep,
    /// Full Unicode case folding: `ß` equals `SS`. With a composed form it is caseless
    /// matching (Unicode standard, definitions D145 and D146).
    Fold,
    /// Lower case, which leaves `ß` apart from `SS`.
    Lower,
}

/// What becomes of white space, which is what Unicode gives the property `White_Space`: line
/// ends, tabs, no-break and ideographic spaces included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhiteSpace {
    /// As it is.
    Keep,
    /// None is left at either end.
    Trim,
    /// Each run becomes one space; none is left at either end.
    Fold,
    /// None is left in the text that characters are counted in. Words are still split where
    /// it was.
    Remove,
    /// No blank (U+0020) is left; all other white space stays.
    RemoveBlanks,
}

/// The steps applied to a text, in this order: form, case, form again when the case was
/// folded, equivalences, white space.
///
/// ```
/// use overnight_metrics::{Case, Normalisation};
/// let default = Normalisation::DEFAULT;
/// assert_eq!(default.apply("  a\u{301}\r\n b "), "á b");
/// let folded = Normalisation { case: Case::Fold, ..default };
/// assert_eq!(folded.apply("Straße"), folded.apply("STRASSE"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalisation {
    /// Unicode normalisation form.
    pub form: Form,
    /// Upper and lower case.
    pub case: Case,
    /// Whether signs that look or mean the same are one: the list is in `docs/metrics.md`.
    pub equivalences: bool,
    /// White space.
    pub white_space: WhiteSpace,
}

impl Normalisation {
    /// Nothing is changed.
    pub const NONE: Self = Self {
        form: Form::Keep,
        case: Case::Keep,
        equivalences: false,
        white_space: WhiteSpace::Keep,
    };

    /// NFC, white-space runs folded to one space, trimmed.
    pub const DEFAULT: Self = Self {
        form: Form::Nfc,
        white_space: WhiteSpace::Fold,
        ..Self::NONE
    };

    /// NFKC, case folded, equivalences, white-space runs folded to one space, trimmed.
    pub const LENIENT: Self = Self {
        form: Form::Nfkc,
        case: Case::Fold,
        equivalences: true,
        white_space: WhiteSpace::Fold,
    };

    /// The text that characters are compared in.
    pub fn apply(&self, text: &str) -> String {
        self.spaced(&self.letters(text)).into_owned()
    }

    /// The text that words are split from: [`Self::apply`] before white space is touched.
    pub fn letters<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = match self.case {
            Case::Keep => self.form.apply(Cow::Borrowed(text)),
            Case::Lower => Cow::Owned(self.form.apply(Cow::Borrowed(text)).to_lowercase()),
            Case::Fold if text.is_ascii() => Cow::Owned(text.to_ascii_lowercase()),
            Case::Fold => {
                let before = match self.form {
                    Form::Nfc => Form::Nfd,
                    other => other,
                };
                let folded = UniCase::unicode(before.apply(Cow::Borrowed(text))).to_folded_case();
                self.form.apply(Cow::Owned(folded))
            }
        };
        if self.equivalences {
            Cow::Owned(text.chars().map(canonical).collect())
        } else {
            text
        }
    }

    /// What becomes of the white space of a text that went through [`Self::letters`].
    pub fn spaced<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.white_space {
            WhiteSpace::Keep => Cow::Borrowed(text),
            WhiteSpace::Trim => Cow::Borrowed(text.trim()),
            WhiteSpace::Remove => Cow::Owned(text.split_whitespace().collect()),
            WhiteSpace::RemoveBlanks => Cow::Owned(text.replace(' ', "")),
            WhiteSpace::Fold if is_folded(text) => Cow::Borrowed(text),
            WhiteSpace::Fold => {
                let mut folded = String::with_capacity(text.len());
                for word in text.split_whitespace() {
                    if !folded.is_empty() {
                        folded.push(' ');
                    }
                    folded.push_str(word);
                }
                Cow::Owned(folded)
            }
        }
    }

    /// The steps in words, for the definition of a profile.
    pub fn steps(&self) -> Vec<&'static str> {
        let form = match self.form {
            Form::Keep => None,
            Form::Nfc => Some("NFC"),
            Form::Nfd => Some("NFD"),
            Form::Nfkc => Some("NFKC"),
        };
        let case = match self.case {
            Case::Keep => None,
            Case::Fold => Some("case folded"),
            Case::Lower => Some("in lower case"),
        };
        let white_space = match self.white_space {
            WhiteSpace::Keep => None,
            WhiteSpace::Trim => Some("trimmed"),
            WhiteSpace::Fold => Some("white-space runs as one space, trimmed"),
            WhiteSpace::Remove => Some("white space removed"),
            WhiteSpace::RemoveBlanks => Some("blanks removed"),
        };
        let equivalences = self.equivalences.then_some("equivalent signs as one");
        [form, case, equivalences, white_space]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Form {
    fn apply(self, text: Cow<'_, str>) -> Cow<'_, str> {
        use unicode_normalization::IsNormalized::Yes;
        // ASCII is in every form, and most texts are in the form asked for already.
        let is_done = match self {
            Self::Keep => true,
            Self::Nfc => is_plain(&text) || is_nfc_quick(text.chars()) == Yes,
            Self::Nfkc => text.is_ascii() || is_nfkc_quick(text.chars()) == Yes,
            Self::Nfd => text.is_ascii(),
        };
        if is_done {
            return text;
        }
        Cow::Owned(match self {
            Self::Keep => text.into_owned(),
            Self::Nfc => text.nfc().collect(),
            Self::Nfd => text.nfd().collect(),
            Self::Nfkc => text.nfkc().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unicode_white_space_is_folded() {
        let text = "a\u{a0}\u{2003}b\u{3000}\u{85}c\u{2028}";
        let with = |white_space| Normalisation {
            white_space,
            ..Normalisation::DEFAULT
        };
        assert_eq!(Normalisation::DEFAULT.apply(text), "a b c");
        assert_eq!(with(WhiteSpace::Remove).apply(text), "abc");
        assert_eq!(with(WhiteSpace::Trim).apply(text), text.trim());
        assert_eq!(with(WhiteSpace::RemoveBlanks).apply(" a\t b "), "a\tb");
        assert_eq!(Normalisation::NONE.apply(text), text);
    }

    #[test]
    fn folding_ignores_how_a_letter_was_composed() {
        let folded = Normalisation {
            case: Case::Fold,
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

    #[test]
    fn lenient_takes_signs_for_what_they_mean() {
        let lenient = |text| Normalisation::LENIENT.apply(text);
        assert_eq!(lenient("￦１,０００"), lenient("\\1,000"));
        assert_eq!(lenient("“A”〜B"), lenient("\"a\"~b"));
        assert_eq!(lenient("ﬁrst—last"), lenient("FIRST-LAST"));
        assert_ne!(lenient("₩"), lenient("¥"));
    }

    #[test]
    fn the_ways_for_ascii_are_the_long_ways() {
        for text in ["Total 12.00", "\\5,000 `x`", "A\tB"] {
            let long = |n: Normalisation| n.apply(&format!("{text}é"));
            for normalisation in [
                Normalisation::NONE,
                Normalisation::DEFAULT,
                Normalisation::LENIENT,
            ] {
                assert_eq!(
                    long(normalisation),
                    format!("{}é", normalisation.apply(text))
                );
            }
        }
    }
}
