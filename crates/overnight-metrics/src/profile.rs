//! A named definition of the error rate, printed beside every number.

use crate::Normalisation;

/// How two texts are compared: a name for people and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name: built in, or of the project's configuration.
    pub name: String,
    /// What is done to both texts first.
    pub normalisation: Normalisation,
}

/// A name that is no built-in profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a built-in profile")]
pub struct UnknownProfile(pub String);

impl Profile {
    /// Names of the built-in profiles.
    pub const BUILT_IN: [&'static str; 2] = ["strict", "default"];

    /// The unit characters are counted in.
    pub const UNIT: &'static str = "code point";

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
        let normalisation = match name {
            "strict" => Normalisation::NONE,
            "default" => Normalisation::DEFAULT,
            _ => return Err(UnknownProfile(name.to_owned())),
        };
        Ok(Self {
            name: name.to_owned(),
            normalisation,
        })
    }

    /// A profile of the project's own: the built-in `base`, changed.
    ///
    /// # Errors
    /// [`UnknownProfile`] when `base` is not built in.
    pub fn derived(
        name: &str,
        base: &str,
        case_fold: bool,
        remove_whitespace: bool,
    ) -> Result<Self, UnknownProfile> {
        let base = Self::built_in(base)?.normalisation;
        Ok(Self {
            name: name.to_owned(),
            normalisation: Normalisation {
                case_fold,
                remove_whitespace,
                ..base
            },
        })
    }

    /// What the profile does to both texts and what is counted, in words.
    pub fn definition(&self) -> String {
        let Normalisation {
            nfc,
            case_fold,
            fold_whitespace,
            remove_whitespace,
        } = self.normalisation;
        let mut steps = Vec::new();
        if nfc {
            steps.push("NFC");
        }
        if case_fold {
            steps.push("case folded");
        }
        if remove_whitespace {
            steps.push("white space removed");
        } else if fold_whitespace {
            steps.push("white-space runs as one space, trimmed");
        }
        let text = if steps.is_empty() {
            "text as it is".to_owned()
        } else {
            steps.join(", ")
        };
        format!(
            "{text}; CER = Levenshtein distance / reference length, in {}s; \
             words split at white space",
            Self::UNIT
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_names_every_step() {
        let own = Profile::derived("receipts", "default", true, true).unwrap();
        assert!(
            own.definition()
                .starts_with("NFC, case folded, white space removed;")
        );
        assert!(Profile::derived("x", "receipts", false, false).is_err());
        for name in Profile::BUILT_IN {
            assert_eq!(Profile::built_in(name).unwrap().name, name);
        }
    }
}
