//! Amounts of memory and disk as people write them: `512MiB`, `2GiB`.

use overnight_record::{Diagnose, ExitCode};

/// Text that is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount of memory")]
pub struct SizeError {
    text: String,
}

impl Diagnose for SizeError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some("write a whole number and its unit, such as `512MiB` or `2GiB`".to_owned())
    }
}

const UNITS: [(&str, u64); 4] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
];

/// Reads an amount in bytes: a whole number above 0 with `KiB`, `MiB`, `GiB` or `TiB`
/// (powers of 1024). Below 2^63 bytes.
///
/// ```
/// assert_eq!(overnight_plan::parse_size("64 MiB").unwrap(), 64 << 20);
/// assert!(overnight_plan::parse_size("64").is_err());
/// ```
///
/// # Errors
/// [`SizeError`].
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let fail = || SizeError {
        text: text.to_owned(),
    };
    let trimmed = text.trim();
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((trimmed.strip_suffix(name)?.trim_end(), *unit)))
        .ok_or_else(fail)?;
    let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_plain).ok_or_else(fail)?;
    let bytes = number.checked_mul(unit).ok_or_else(fail)?;
    if bytes == 0 || i64::try_from(bytes).is_err() {
        return Err(fail());
    }
    Ok(bytes)
}

/// Writes an amount in the largest unit that leaves a whole number, as [`parse_size`] reads
/// it; amounts below 1 KiB and remainders are rounded up to one.
///
/// ```
/// assert_eq!(overnight_plan::format_size(3 << 29), "1536MiB");
/// ```
pub fn format_size(bytes: u64) -> String {
    let kib = bytes.div_ceil(1 << 10).max(1);
    let (name, unit) = UNITS
        .into_iter()
        .map(|(name, unit)| (name, unit >> 10))
        .find(|(_, unit)| kib.is_multiple_of(*unit))
        .unwrap_or(("KiB", 1));
    format!("{}{name}", kib / unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "MiB",
            "0GiB",
            "-1MiB",
            "1.5GiB",
            "+1GiB",
            "1GB",
            "9999999TiB",
        ] {
            assert!(parse_size(text).is_err(), "{text:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(kib in 1u64..(1 << 40)) {
            prop_assert_eq!(parse_size(&format_size(kib << 10)), Ok(kib << 10));
        }
    }
}
