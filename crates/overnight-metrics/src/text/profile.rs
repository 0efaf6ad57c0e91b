//! A named definition of the error rate, printed beside every number.

use super::{Case, Form, Normalisation, RateRule, Unit, WhiteSpace, Words};

/// How two texts are compared: a name for people and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name: built in, or of the project's configuration.
    pub name: String,
    /// What is done to both texts first.
    pub normalisation: Normalisation,
    /// What characters are counted in.
    pub unit: Unit,
    /// Where words are split.
    pub words: Words,
    /// What a distance in characters is divided by; one in words is always divided by the
    /// words of the reference.
    pub rule: RateRule,
}

/// A name that is no built-in profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a built-in profile")]
pub struct UnknownProfile(pub String);

/// What a project's own profile does otherwise than the one it begins from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Unicode normalisation form.
    pub form: Option<Form>,
    /// Upper and lower case.
    pub case: Option<Case>,
    /// Whether equivalent signs are one.
    pub equivalences: Option<bool>,
    /// White space.
    pub white_space: Option<WhiteSpace>,
    /// What characters are counted in.
    pub unit: Option<Unit>,
    /// Where words are split.
    pub words: Option<Words>,
}

impl Profile {
    /// Names of the built-in profiles. Those that begin with `compat:` give the numbers of
    /// the tool they name.
    pub const BUILT_IN: [&'static str; 10] = [
        "strict",
        "default",
        "grapheme",
        "ko-jamo",
        "lenient",
        "compat:jiwer",
        "compat:dinglehopper",
        "compat:paddleocr",
        "compat:omnidocbench",
        "compat:getomni",
    ];

    /// A built-in profile.
    ///
    /// # Errors
    /// [`UnknownProfile`].
    ///
    /// ```
    /// use overnight_metrics::Profile;
    /// assert_eq!(Profile::built_in("strict").unwrap().definition(), "text as it is; \
    /// CER = Levenshtein distance / reference length, in code points; words split at white space");
    /// assert!(Profile::built_in("fancy").is_err());
    /// ```
    pub fn built_in(name: &str) -> Result<Self, UnknownProfile> {
        let plain = Self {
            name: name.to_owned(),
            normalisation: Normalisation::NONE,
            unit: Unit::CodePoint,
            words: Words::WhiteSpace,
            rule: RateRule::Reference,
        };
        let default = Self {
            normalisation: Normalisation::DEFAULT,
            ..plain.clone()
        };
        let only = |form, case, white_space| Normalisation {
            form,
            case,
            white_space,
            equivalences: false,
        };
        Ok(match name {
            "strict" => plain,
            "default" => default,
            "grapheme" => Self {
                unit: Unit::Grapheme,
                ..default
            },
            "ko-jamo" => Self {
                unit: Unit::Jamo,
                ..default
            },
            "lenient" => Self {
                normalisation: Normalisation::LENIENT,
                ..plain
            },
            // jiwer 4: both texts stripped; words between blanks.
            "compat:jiwer" => Self {
                normalisation: only(Form::Keep, Case::Keep, WhiteSpace::Trim),
                words: Words::Blanks,
                rule: RateRule::ReferenceAtLeastOne,
                ..plain
            },
            // dinglehopper 0.11: grapheme clusters of NFC.
            "compat:dinglehopper" => Self {
                normalisation: only(Form::Nfc, Case::Keep, WhiteSpace::Keep),
                unit: Unit::Grapheme,
                words: Words::Uax29,
                ..plain
            },
            // PaddleOCR's RecMetric: `norm_edit_dis` is 1 minus the mean of these rates.
            "compat:paddleocr" => Self {
                normalisation: only(Form::Keep, Case::Keep, WhiteSpace::RemoveBlanks),
                rule: RateRule::Longer,
                ..plain
            },
            // OmniDocBench's Edit_dist; what it strips from Markdown before is not done here.
            "compat:omnidocbench" => Self {
                rule: RateRule::Longer,
                ..plain
            },
            // getomni-ai/benchmark: 1 minus its text similarity, before rounding.
            "compat:getomni" => Self {
                normalisation: only(Form::Keep, Case::Lower, WhiteSpace::Trim),
                unit: Unit::Utf16,
                rule: RateRule::Longer,
                ..plain
            },
            _ => return Err(UnknownProfile(name.to_owned())),
        })
    }

    /// A profile of the project's own: the built-in `base`, changed.
    ///
    /// # Errors
    /// [`UnknownProfile`] when `base` is not built in.
    pub fn derived(name: &str, base: &str, changes: Changes) -> Result<Self, UnknownProfile> {
        let base = Self::built_in(base)?;
        let was = base.normalisation;
        Ok(Self {
            name: name.to_owned(),
            normalisation: Normalisation {
                form: changes.form.unwrap_or(was.form),
                case: changes.case.unwrap_or(was.case),
                equivalences: changes.equivalences.unwrap_or(was.equivalences),
                white_space: changes.white_space.unwrap_or(was.white_space),
            },
            unit: changes.unit.unwrap_or(base.unit),
            words: changes.words.unwrap_or(base.words),
            rule: base.rule,
        })
    }

    /// What the profile does to both texts and what is counted, in words.
    pub fn definition(&self) -> String {
        let steps = self.normalisation.steps();
        let text = if steps.is_empty() {
            "text as it is".to_owned()
        } else {
            steps.join(", ")
        };
        format!(
            "{text}; CER = {}, in {}; words split at {}",
            self.rule.name(),
            self.unit.plural(),
            self.words.name()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_names_every_step() {
        let changes = Changes {
            case: Some(Case::Fold),
            white_space: Some(WhiteSpace::Remove),
            ..Changes::default()
        };
        let own = Profile::derived("receipts", "default", changes).unwrap();
        assert!(
            own.definition()
                .starts_with("NFC, case folded, white space removed;")
        );
        assert!(Profile::derived("x", "receipts", changes).is_err());
        for name in Profile::BUILT_IN {
            assert_eq!(Profile::built_in(name).unwrap().name, name);
        }
    }

    #[test]
    fn no_two_profiles_are_the_same() {
        let definitions: std::collections::BTreeSet<String> = Profile::BUILT_IN
            .map(|name| Profile::built_in(name).unwrap().definition())
            .into();
        assert_eq!(definitions.len(), Profile::BUILT_IN.len());
    }
}
