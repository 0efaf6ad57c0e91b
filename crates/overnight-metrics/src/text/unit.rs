//! What is counted in a text.

use rustc_hash::FxHashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::plain::is_plain;

/// First value that is no Unicode code point; clusters of several are numbered from here.
const BEYOND_UNICODE: u32 = 0x11_0000;

/// The unit that characters are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Unicode code points (scalar values).
    CodePoint,
    /// Extended grapheme clusters (UAX 29): what a reader calls a character. CR LF is one.
    Grapheme,
    /// Code points, with every Hangul syllable taken apart into its two or three letters.
    Jamo,
    /// UTF-16 code units, what JavaScript counts.
    Utf16,
    /// Bytes of UTF-8.
    Byte,
}

impl Unit {
    /// Its name, in the singular.
    pub fn name(self) -> &'static str {
        match self {
            Self::CodePoint => "code point",
            Self::Grapheme => "grapheme cluster",
            Self::Jamo => "code point with Hangul syllables as jamo",
            Self::Utf16 => "UTF-16 code unit",
            Self::Byte => "byte of UTF-8",
        }
    }

    /// Its name, in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Self::CodePoint => "code points",
            Self::Grapheme => "grapheme clusters",
            Self::Jamo => "code points, Hangul syllables as jamo",
            Self::Utf16 => "UTF-16 code units",
            Self::Byte => "bytes of UTF-8",
        }
    }

    /// The unit to count both texts in when each of them depends on one code point alone.
    pub(crate) fn without_neighbours(self, a: &str, b: &str) -> Option<Self> {
        match self {
            Self::Grapheme if is_each_a_cluster(a) && is_each_a_cluster(b) => Some(Self::CodePoint),
            Self::Grapheme => None,
            Self::CodePoint | Self::Jamo | Self::Utf16 | Self::Byte => Some(self),
        }
    }

    /// How many units a text has.
    pub(crate) fn length(self, text: &str) -> usize {
        match self {
            Self::CodePoint => n_code_points(text),
            Self::Grapheme => text.graphemes(true).count(),
            Self::Jamo => text.chars().map(n_jamo).sum(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Byte => text.len(),
        }
    }

    /// Both texts as sequences of units; two units are the same exactly when their numbers
    /// are. The numbers of clusters hold for these two texts only.
    pub(crate) fn symbols(self, a: &str, b: &str) -> (Vec<u32>, Vec<u32>) {
        let mut clusters = FxHashMap::default();
        let first = self.number(a, &mut clusters);
        let second = self.number(b, &mut clusters);
        (first, second)
    }

    /// A text as a sequence of units; their numbers hold for all texts numbered with the same
    /// `clusters`.
    pub(crate) fn number<'a>(
        self,
        text: &'a str,
        clusters: &mut FxHashMap<&'a str, u32>,
    ) -> Vec<u32> {
        match self {
            Self::Byte => text.bytes().map(u32::from).collect(),
            Self::Utf16 => text.encode_utf16().map(u32::from).collect(),
            Self::Grapheme if !is_each_a_cluster(text) => text
                .graphemes(true)
                .map(|cluster| number_of(cluster, clusters))
                .collect(),
            Self::CodePoint | Self::Grapheme => {
                let mut symbols = Vec::with_capacity(text.len());
                symbols.extend(text.chars().map(u32::from));
                symbols
            }
            Self::Jamo => {
                let mut symbols = Vec::with_capacity(text.len());
                for character in text.chars() {
                    push_jamo(character, &mut symbols);
                }
                symbols
            }
        }
    }

    /// The units of a text as texts, to be shown.
    pub fn split(self, text: &str) -> Vec<String> {
        match self {
            Self::Grapheme => text.graphemes(true).map(str::to_owned).collect(),
            Self::CodePoint => text.chars().map(String::from).collect(),
            Self::Jamo => {
                let (symbols, _) = self.symbols(text, "");
                symbols.into_iter().map(shown).collect()
            }
            Self::Utf16 => text
                .encode_utf16()
                .map(|unit| shown(u32::from(unit)))
                .collect(),
            Self::Byte => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Whether each code point of a text is a grapheme cluster, as far as its bytes tell.
fn is_each_a_cluster(text: &str) -> bool {
    is_plain(text) && !text.contains('\r')
}

fn shown(symbol: u32) -> String {
    char::from_u32(symbol).map_or_else(|| format!("{symbol:04x}"), String::from)
}

fn number_of<'a>(cluster: &'a str, clusters: &mut FxHashMap<&'a str, u32>) -> u32 {
    let mut characters = cluster.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => u32::from(only),
        _ => {
            let next = BEYOND_UNICODE + u32::try_from(clusters.len()).unwrap_or(u32::MAX >> 1);
            *clusters.entry(cluster).or_insert(next)
        }
    }
}

/// As `text.chars().count()`, which takes longer for texts as short as a line.
fn n_code_points(text: &str) -> usize {
    let (words, rest) = text.as_bytes().as_chunks();
    let mut n_continuing = 0;
    // A byte of a sum holds 255.
    for block in words.chunks(255) {
        let sums = block
            .iter()
            .map(|word| continuing(u64::from_le_bytes(*word)));
        let sums: u64 = sums.sum();
        n_continuing += sum_of_bytes(sums);
    }
    let rest = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    text.len() - n_continuing - sum_of_bytes(continuing(rest))
}

/// 1 in each byte that continues a code point: one that begins with the bits 10.
fn continuing(bytes: u64) -> u64 {
    (bytes >> 7) & !(bytes >> 6) & 0x0101_0101_0101_0101
}

fn sum_of_bytes(word: u64) -> usize {
    const EVERY_OTHER: u64 = 0x00ff_00ff_00ff_00ff;
    let pairs = (word & EVERY_OTHER) + (word >> 8 & EVERY_OTHER);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as usize
}

/// Hangul syllables: each a leading letter, a vowel, and a trailing letter or none.
const SYLLABLES: std::ops::RangeInclusive<u32> = 0xac00..=0xd7a3;
const VOWELS: u32 = 21;
/// Trailing letters and none.
const TRAILINGS: u32 = 28;

/// How many code points the canonical decomposition of Hangul makes of one.
fn n_jamo(character: char) -> usize {
    let code = u32::from(character);
    match code.checked_sub(*SYLLABLES.start()) {
        Some(index) if SYLLABLES.contains(&code) => 2 + usize::from(index % TRAILINGS > 0),
        _ => 1,
    }
}

/// The arithmetic decomposition of Hangul syllables (Unicode standard, section 3.12).
fn push_jamo(character: char, symbols: &mut Vec<u32>) {
    const LEADING: u32 = 0x1100;
    const VOWEL: u32 = 0x1161;
    const TRAILING: u32 = 0x11a7;
    let code = u32::from(character);
    match code.checked_sub(*SYLLABLES.start()) {
        Some(index) if SYLLABLES.contains(&code) => {
            symbols.push(LEADING + index / (VOWELS * TRAILINGS));
            symbols.push(VOWEL + index / TRAILINGS % VOWELS);
            if index % TRAILINGS > 0 {
                symbols.push(TRAILING + index % TRAILINGS);
            }
        }
        _ => symbols.push(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> [usize; 5] {
        [
            Unit::CodePoint,
            Unit::Grapheme,
            Unit::Jamo,
            Unit::Utf16,
            Unit::Byte,
        ]
        .map(|unit| {
            let n = unit.symbols(text, "").0.len();
            assert_eq!(unit.split(text).len(), n, "{unit:?}");
            n
        })
    }

    #[test]
    fn one_text_has_as_many_lengths_as_units() {
        assert_eq!(lengths("영수증"), [3, 3, 8, 3, 9]);
        assert_eq!(lengths("e\u{301}\r\n"), [4, 2, 4, 4, 5]);
        assert_eq!(lengths("👨‍👩‍👧"), [5, 1, 5, 8, 18]);
        assert_eq!(lengths(""), [0; 5]);
    }

    #[test]
    fn equal_clusters_have_one_number() {
        let (a, b) = Unit::Grapheme.symbols("🇰🇷e\u{301}🇰🇷", "e\u{301}🇰🇷x");
        assert_eq!((a[0], a[1]), (a[2], b[0]));
        assert_eq!(b[2], u32::from('x'));
        assert_ne!(a[0], a[1]);
    }

    #[test]
    fn syllables_are_taken_apart_as_unicode_does() {
        use unicode_normalization::UnicodeNormalization;
        let text = "각힣가나다 뷁a";
        let decomposed: Vec<u32> = text.nfd().map(u32::from).collect();
        assert_eq!(Unit::Jamo.symbols(text, "").0, decomposed);
    }
}
