//! Kinds of characters.

use unicode_properties::{
    GeneralCategory as Category, GeneralCategoryGroup as Group, UnicodeGeneralCategory,
};
use unicode_script::{Script, UnicodeScript};

/// What kind of character a unit is: that of its first code point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CharClass {
    /// Decimal digits of any script, and other numbers.
    Digit,
    /// Letters of the Latin script.
    Latin,
    /// Hangul syllables and letters.
    Hangul,
    /// Han characters.
    Han,
    /// Hiragana and Katakana.
    Kana,
    /// Letters and marks of any other script.
    OtherLetter,
    /// Punctuation.
    Punctuation,
    /// Currency signs.
    Currency,
    /// Other symbols.
    Symbol,
    /// White space.
    WhiteSpace,
    /// Controls, private use, unassigned.
    Other,
}

impl CharClass {
    /// The class of a unit; `None` for an empty one.
    ///
    /// ```
    /// use overnight_metrics::CharClass;
    /// assert_eq!(CharClass::of("₩"), Some(CharClass::Currency));
    /// assert_eq!(CharClass::of("영"), Some(CharClass::Hangul));
    /// ```
    pub fn of(unit: &str) -> Option<Self> {
        unit.chars().next().map(Self::of_character)
    }

    fn of_character(character: char) -> Self {
        if character.is_whitespace() {
            return Self::WhiteSpace;
        }
        match character.general_category() {
            Category::CurrencySymbol => return Self::Currency,
            Category::Control | Category::PrivateUse | Category::Unassigned => return Self::Other,
            _ => {}
        }
        match (character.general_category_group(), character.script()) {
            (Group::Number, _) => Self::Digit,
            (Group::Punctuation, _) => Self::Punctuation,
            (Group::Symbol, _) => Self::Symbol,
            (Group::Letter | Group::Mark, Script::Latin) => Self::Latin,
            (Group::Letter | Group::Mark, Script::Hangul) => Self::Hangul,
            (Group::Letter | Group::Mark, Script::Han) => Self::Han,
            (Group::Letter | Group::Mark, Script::Hiragana | Script::Katakana) => Self::Kana,
            (Group::Letter | Group::Mark, _) => Self::OtherLetter,
            _ => Self::Other,
        }
    }

    /// Whether its characters are letters, or signs that words are written in.
    pub fn is_letter(self) -> bool {
        matches!(
            self,
            Self::Latin | Self::Hangul | Self::Han | Self::Kana | Self::OtherLetter
        )
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digit => "digit",
            Self::Latin => "latin",
            Self::Hangul => "hangul",
            Self::Han => "han",
            Self::Kana => "kana",
            Self::OtherLetter => "other letter",
            Self::Punctuation => "punctuation",
            Self::Currency => "currency",
            Self::Symbol => "symbol",
            Self::WhiteSpace => "white space",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told() {
        let names: Vec<&str> = [
            "5", "é", "ㅎ", "漢", "ア", "д", "—", "€", "+", "\u{a0}", "\u{7}",
        ]
        .iter()
        .map(|unit| CharClass::of(unit).unwrap().name())
        .collect();
        assert_eq!(
            names,
            [
                "digit",
                "latin",
                "hangul",
                "han",
                "kana",
                "other letter",
                "punctuation",
                "currency",
                "symbol",
                "white space",
                "other"
            ]
        );
        assert_eq!(CharClass::of(""), None);
    }
}
