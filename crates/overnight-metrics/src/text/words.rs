//! Where a text is split into words.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

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
    pub fn split(self, text: &str) -> Vec<String> {
        match self {
            Self::WhiteSpace => text.split_whitespace().map(str::to_owned).collect(),
            Self::Uax29 => text
                .split_word_bounds()
                .filter(|word| word.chars().any(belongs_to_a_word))
                .map(str::to_owned)
                .collect(),
            Self::Blanks => runs_as_blanks(text)
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
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

/// Runs of at least two white-space characters become one blank.
fn runs_as_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.trim().chars() {
        if character.is_whitespace() {
            run.push(character);
            continue;
        }
        flush(&mut run, &mut out);
        out.push(character);
    }
    out
}

fn flush(run: &mut String, out: &mut String) {
    if run.chars().nth(1).is_some() {
        out.push(' ');
    } else {
        out.push_str(run);
    }
    run.clear();
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
