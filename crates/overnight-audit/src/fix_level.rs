//! Which fixes an audit makes.

use overnight_record::Applicability;

/// How far an audit goes in mending what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixLevel {
    /// It mends nothing.
    None,
    /// It makes the fixes that leave one answer.
    Safe,
    /// It makes the suggested ones too.
    All,
}

impl FixLevel {
    /// Whether a fix of this kind is made.
    pub fn applies(self, applicability: Applicability) -> bool {
        match applicability {
            Applicability::Safe => self >= Self::Safe,
            Applicability::Suggested => self == Self::All,
        }
    }
}
