//! Scripts a text is written in, coarsely by blocks of Unicode.

/// A script that may be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Latin letters with their accents.
    Latin,
    /// Korean syllables and letters.
    Hangul,
    /// Chinese characters.
    Han,
    /// Japanese syllables.
    Kana,
    /// Cyrillic letters.
    Cyrillic,
    /// Greek letters.
    Greek,
    /// Arabic letters.
    Arabic,
    /// Hebrew letters.
    Hebrew,
    /// Thai letters.
    Thai,
    /// Devanagari letters.
    Devanagari,
}

/// Share of letters in other scripts that is worth a note.
const ODD_SHARE: f64 = 0.2;

impl Script {
    /// Every script with its name in the configuration.
    pub const ALL: [(&'static str, Self); 10] = [
        ("latin", Self::Latin),
        ("hangul", Self::Hangul),
        ("han", Self::Han),
        ("kana", Self::Kana),
        ("cyrillic", Self::Cyrillic),
        ("greek", Self::Greek),
        ("arabic", Self::Arabic),
        ("hebrew", Self::Hebrew),
        ("thai", Self::Thai),
        ("devanagari", Self::Devanagari),
    ];

    /// The script of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, script)| *script)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, script)| *script == self)
            .map_or("", |(name, _)| name)
    }

    /// The script of a letter; `None` for what is none, or of a script not told apart.
    fn of(c: char) -> Option<Self> {
        Some(match u32::from(c) {
            0x41..=0x5a | 0x61..=0x7a | 0xc0..=0x24f | 0x1e00..=0x1eff | 0xff21..=0xff5a => {
                Self::Latin
            }
            0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7ff | 0xffa0..=0xffdc => Self::Hangul,
            0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff => Self::Han,
            0x3040..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f => Self::Kana,
            0x400..=0x52f => Self::Cyrillic,
            0x370..=0x3ff | 0x1f00..=0x1fff => Self::Greek,
            0x600..=0x6ff | 0x750..=0x77f | 0x8a0..=0x8ff => Self::Arabic,
            0x590..=0x5ff => Self::Hebrew,
            0xe00..=0xe7f => Self::Thai,
            0x900..=0x97f => Self::Devanagari,
            _ => return None,
        })
    }
}

/// What to note about a text whose letters belong to scripts that are not expected.
pub(super) fn odd_share(text: &str, expected: &[Script]) -> Option<String> {
    if expected.is_empty() {
        return None;
    }
    let scripts = text.chars().filter_map(Script::of);
    let (n, odd) = scripts.fold((0_usize, 0_usize), |(n, odd), script| {
        (n + 1, odd + usize::from(!expected.contains(&script)))
    });
    let is_odd = n > 0 && odd as f64 / n as f64 > ODD_SHARE;
    let names: Vec<&str> = expected.iter().map(|script| script.name()).collect();
    is_odd.then(|| format!("{odd} of {n} letters are not {}", names.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translated_text_is_noted_and_a_mixed_one_is_not() {
        let korean = [Script::Hangul];
        assert_eq!(
            odd_share("Receipt total", &korean).unwrap(),
            "12 of 12 letters are not hangul"
        );
        assert_eq!(
            odd_share("영수증 합계 VAT 포함 금액 확인 바랍니다", &korean),
            None
        );
        assert_eq!(odd_share("12,000", &korean), None);
        assert_eq!(odd_share("Receipt total", &[]), None);
        for (name, script) in Script::ALL {
            assert_eq!((Script::named(name), script.name()), (Some(script), name));
        }
    }
}
