//! `unreadable-file`: a file that should be judged cannot be opened.

use std::io;

use overnight_record::Severity;

use crate::Violation;

pub(super) const ID: &str = "unreadable-file";

/// The finding for a file that could not be read.
pub(crate) fn unreadable_file(path: &str, error: &io::Error) -> Violation {
    Violation::new(
        ID,
        Severity::Error,
        path,
        None,
        format!("file cannot be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_given() {
        let error = io::Error::from(io::ErrorKind::PermissionDenied);
        let finding = unreadable_file("docs/a.md", &error).finding;
        assert_eq!(finding.message, "file cannot be read: permission denied");
    }
}
