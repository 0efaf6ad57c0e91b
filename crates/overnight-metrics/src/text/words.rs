//! Where a text is split into words.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

use super::plain::is_folded;

/// How a text is split into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// At Unicode white space.
    WhiteSpace,
    /// At the word boundaries of UAX 29; stretches of nothing but marks, punctuation, symbols,
    /// separators and controls are no words, as in dinglehopper. Splits `€1.50` from its sign.
    Uax29,
    /// At blanks (U+0020), after runs of white space have become one blank, as in jiwer: a
    /// single line end splits nothing.
    Blanks,
}

impl Words {
    /// How, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::WhiteSpace => "white space",
            Self::Uax29 => "word boundaries of UAX 29",
            Self::Blanks => "blanks",
        }
    }

    /// The words of a text.
    pub fn split(self, text: &str) -> Vec<&str> {
        match self {
            Self::WhiteSpace if is_folded(text) => {
                text.split(' ').filter(|word| !word.is_empty()).collect()
            }
            Self::WhiteSpace => text.split_whitespace().collect(),
            Self::Uax29 => text
                .split_word_bounds()
                .filter(|word| word.chars().any(belongs_to_a_word))
                .collect(),
            Self::Blanks => between_blanks(text.trim()),
        }
    }
}

fn belongs_to_a_word(character: char) -> bool {
    matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    ) || {
        use unicode_properties::GeneralCategory as Category;
        matches!(
            character.general_category(),
            Category::PrivateUse | Category::Surrogate | Category::Unassigned
        )
    }
}

/// What stands between blanks in a trimmed text, where a run of at least two white-space
/// characters counts as one blank.
fn between_blanks(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut first, mut end) = (0, 0);
    let is_word = |character: char| !character.is_whitespace();
    while let Some(length) = text[end..].find(char::is_whitespace) {
        let space = end + length;
        let run = text[space..].find(is_word).unwrap_or(text.len() - space);
        end = space + run;
        let space = &text[space..end];
        if space == " " || space.chars().nth(1).is_some() {
            words.push(&text[first..end - space.len()]);
            first = end;
        }
    }
    if first < text.len() {
        words.push(&text[first..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_split() {
        let text = "€1,50  £2\nnet -- don't";
        assert_eq!(
            Words::WhiteSpace.split(text),
            ["€1,50", "£2", "net", "--", "don't"]
        );
        assert_eq!(Words::Uax29.split(text), ["1,50", "2", "net", "don't"]);
        assert_eq!(
            Words::Blanks.split(text),
            ["€1,50", "£2\nnet", "--", "don't"]
        );
        for words in [Words::WhiteSpace, Words::Uax29, Words::Blanks] {
            assert!(words.split(" \n ").is_empty());
        }
    }
}
