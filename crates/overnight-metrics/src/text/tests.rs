//! What is done the short way, done the long way.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

/// Characters that have to do with their neighbours, and some that do not.
const CHARACTERS: &[char] = &[
    // ASCII, Latin letters composed and not, ligatures.
    'a', 'b', 'A', '1', 'é', 'e', '\u{301}', '\u{323}', 'ß', 'ﬁ', '\u{212b}', '\u{1e69}',
    // Hangul: syllables with and without a final consonant, conjoining letters, other letters.
    '가', '각', '갂', '힣', '\u{1100}', '\u{1161}', '\u{11a8}', '\u{d7b0}', '\u{d7cb}', 'ㄱ',
    // Kana and their marks, Han characters, one that NFC replaces.
    'か', 'カ', '\u{3099}', '\u{309a}', '\u{ff76}', '\u{ff9e}', '漢', '\u{f900}', '、', '\u{302a}',
    // White space of many kinds, and what looks like it.
    ' ', ' ', ' ', '\t', '\n', '\r', '\u{b}', '\u{1c}', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}',
    '\u{2003}', '\u{200b}', '\u{2028}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{feff}',
    // Clusters of emoji, flags, a mark that is prepended, a mark of another script.
    '👨', '👧', '\u{200d}', '\u{fe0f}', '🏽', '🇰', '🇷', '\u{600}', '\u{94d}', 'क', '₩', '€', '“',
];

/// Short and long texts: any of those characters, letters and blanks, or line ends.
fn text() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(prop::sample::select(CHARACTERS), 0..40);
    let some = prop::sample::select(vec!['a', 'b', '가', '각', '힣', '漢', ' ']);
    let few = prop::collection::vec(some, 0..120);
    let lines = prop::collection::vec(prop::sample::select(vec!['a', '가', '\r', '\n']), 0..40);
    prop_oneof![any, few, lines].prop_map(String::from_iter)
}

/// A text and what was read of it: a few characters are others.
fn pair() -> impl Strategy<Value = (String, String)> {
    let place = any::<prop::sample::Index>();
    let edits = prop::collection::vec((place, prop::sample::select(CHARACTERS), 0..3), 0..6);
    let read = (text(), edits).prop_map(|(text, edits)| {
        let mut read: Vec<char> = text.chars().collect();
        for (place, character, kind) in edits {
            let place = place.index(read.len() + 1);
            match kind {
                0 => read.insert(place, character),
                1 if place < read.len() => drop(read.remove(place)),
                _ if place < read.len() => read[place] = character,
                _ => {}
            }
        }
        (text, String::from_iter(read))
    });
    prop_oneof![(text(), text()), read]
}

/// The textbook table.
fn distance<T: PartialEq>(a: &[T], b: &[T]) -> u64 {
    let mut row: Vec<u64> = (0..=b.len() as u64).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i as u64 + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (diagonal + u64::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

fn split_slowly(unit: Unit, text: &str) -> Vec<String> {
    let of_character = |character: char| -> Vec<String> {
        match unit {
            Unit::Jamo if ('가'..='힣').contains(&character) => {
                character.nfd().map(String::from).collect()
            }
            Unit::CodePoint | Unit::Jamo => vec![character.to_string()],
            Unit::Utf16 => {
                let units = character.encode_utf16(&mut [0; 2]).to_vec();
                units.into_iter().map(|unit| format!("{unit:x}")).collect()
            }
            Unit::Byte => character
                .to_string()
                .bytes()
                .map(|byte| format!("{byte:x}"))
                .collect(),
            Unit::Grapheme => unreachable!("clusters are of several characters"),
        }
    };
    match unit {
        Unit::Grapheme => text.graphemes(true).map(str::to_owned).collect(),
        _ => text.chars().flat_map(of_character).collect(),
    }
}

fn space_slowly(white_space: WhiteSpace, text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    match white_space {
        WhiteSpace::Keep => text.to_owned(),
        WhiteSpace::Trim => text.trim().to_owned(),
        WhiteSpace::Fold => words.join(" "),
        WhiteSpace::Remove => words.concat(),
        WhiteSpace::RemoveBlanks => text.chars().filter(|character| *character != ' ').collect(),
    }
}

/// As in jiwer: white space at the ends is stripped, each run of two or more becomes a blank.
fn between_blanks_slowly(text: &str) -> Vec<String> {
    let mut blanked = String::new();
    let mut run = String::new();
    for character in text.trim().chars() {
        if character.is_whitespace() {
            run.push(character);
            continue;
        }
        blanked.push_str(if run.chars().count() > 1 { " " } else { &run });
        run.clear();
        blanked.push(character);
    }
    let words = blanked.split(' ').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

const UNITS: [Unit; 5] = [
    Unit::CodePoint,
    Unit::Grapheme,
    Unit::Jamo,
    Unit::Utf16,
    Unit::Byte,
];

proptest! {
    #[test]
    fn forms_are_those_of_unicode(text in text()) {
        let form = |form| Normalisation { form, ..Normalisation::NONE }.apply(&text);
        prop_assert_eq!(form(Form::Keep), text.clone());
        prop_assert_eq!(form(Form::Nfc), text.nfc().collect::<String>());
        prop_assert_eq!(form(Form::Nfd), text.nfd().collect::<String>());
        prop_assert_eq!(form(Form::Nfkc), text.nfkc().collect::<String>());
    }

    #[test]
    fn white_space_is_what_unicode_says(text in text()) {
        for white_space in [
            WhiteSpace::Keep,
            WhiteSpace::Trim,
            WhiteSpace::Fold,
            WhiteSpace::Remove,
            WhiteSpace::RemoveBlanks,
        ] {
            let made = Normalisation { white_space, ..Normalisation::NONE }.apply(&text);
            prop_assert_eq!(made, space_slowly(white_space, &text));
        }
        prop_assert_eq!(
            Words::WhiteSpace.split(&text),
            text.split_whitespace().collect::<Vec<_>>()
        );
        prop_assert_eq!(Words::Blanks.split(&text), between_blanks_slowly(&text));
    }

    #[test]
    fn counts_are_those_of_the_table((a, b) in pair()) {
        for unit in UNITS {
            let (x, y) = (split_slowly(unit, &a), split_slowly(unit, &b));
            let expected = Counts {
                n_ref: x.len() as u64,
                n_hyp: y.len() as u64,
                distance: distance(&x, &y),
            };
            prop_assert_eq!(counts(&a, &b, unit), expected, "{:?}", unit);
        }
    }

    #[test]
    fn a_score_is_made_of_normalised_texts((a, b) in pair()) {
        for name in Profile::BUILT_IN {
            let profile = Profile::built_in(name).unwrap();
            let normalisation = &profile.normalisation;
            for (a, b) in [(&a, &b), (&a, &a)] {
                let units = |text: &str| split_slowly(profile.unit, &normalisation.apply(text));
                let (x, y) = (units(a), units(b));
                let (letters_a, letters_b) = (normalisation.letters(a), normalisation.letters(b));
                let words = (profile.words.split(&letters_a), profile.words.split(&letters_b));
                let expected = PairScore {
                    n_ref: x.len() as u64,
                    n_hyp: y.len() as u64,
                    distance: distance(&x, &y),
                    word_n_ref: words.0.len() as u64,
                    word_distance: distance(&words.0, &words.1),
                };
                prop_assert_eq!(score_pair(a, b, &profile), expected, "{}", name);
            }
        }
    }
}
