//! Why a sample failed, in one line.

use std::error::Error;

/// An error with its causes, outermost first: `failed to decode JPEG data: bad marker`.
pub(crate) fn reason(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("failed to open a.png")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn causes_follow_the_message() {
        let error = Outer("x".parse::<u8>().unwrap_err());
        assert_eq!(
            reason(&error),
            "failed to open a.png: invalid digit found in string"
        );
    }
}
