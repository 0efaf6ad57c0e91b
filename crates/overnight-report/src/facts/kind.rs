//! The kinds of result this crate understands.

/// What a `result.json` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `overnight audit docs|links|code`.
    Audit,
    /// `overnight bench`.
    Bench,
    /// `overnight infer`.
    Infer,
    /// `overnight score`.
    Score,
    /// `overnight compare`.
    Compare,
    /// `overnight enhance`.
    Enhance,
    /// `overnight storage`.
    Storage,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Audit,
        Self::Bench,
        Self::Infer,
        Self::Score,
        Self::Compare,
        Self::Enhance,
        Self::Storage,
    ];

    /// The verb that makes such a result.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Bench => "bench",
            Self::Infer => "infer",
            Self::Score => "score",
            Self::Compare => "compare",
            Self::Enhance => "enhance",
            Self::Storage => "storage",
        }
    }

    /// The kind a command line makes, when it calls this program.
    ///
    /// Only what makes a result counts, so that a step whose command is something else is
    /// never blamed for a missing one.
    pub(crate) fn of_command(command: &str) -> Option<Self> {
        let mut words = command.split_whitespace();
        words.find(|word| word.rsplit('/').next() == Some("overnight"))?;
        while let Some(word) = words.next() {
            match word {
                "--project" | "--format" | "--color" => {
                    words.next();
                }
                option if option.starts_with('-') => {}
                verb => return Self::ALL.into_iter().find(|kind| kind.verb() == verb),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_tells_its_kind() {
        for (command, kind) in [
            ("overnight bench --backend x", Some(Kind::Bench)),
            (
                "/usr/bin/overnight -v --format json audit docs",
                Some(Kind::Audit),
            ),
            ("overnight report", None),
            ("make bench", None),
            ("", None),
        ] {
            assert_eq!(Kind::of_command(command), kind, "{command}");
        }
    }
}
