//! `[profiles.NAME]`: a built-in scoring profile, changed.

use serde::{Deserialize, Serialize};

/// A scoring profile of the project's own. What it does not say is as in its base.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The built-in profile it begins from.
    #[serde(default = "default_base")]
    pub base: String,
    /// Unicode normalisation form.
    pub form: Option<ProfileForm>,
    /// Compare without regard to case.
    pub case_fold: Option<bool>,
    /// Take signs that look or mean the same for one.
    pub equivalences: Option<bool>,
    /// Leave all white space out of both texts.
    pub remove_whitespace: Option<bool>,
    /// What characters are counted in.
    pub unit: Option<ProfileUnit>,
    /// Where words are split.
    pub words: Option<ProfileWords>,
}

fn default_base() -> String {
    "default".to_owned()
}

/// A Unicode normalisation form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileForm {
    /// The text as it is.
    None,
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
}

/// What characters are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileUnit {
    /// Code points.
    CodePoint,
    /// Extended grapheme clusters.
    Grapheme,
    /// Code points with Hangul syllables taken apart.
    Jamo,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Byte,
}

/// Where words are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileWords {
    /// At white space.
    WhiteSpace,
    /// At the word boundaries of UAX 29.
    Uax29,
}
