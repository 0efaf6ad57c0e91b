//! The name under which a backend's answers are cached.

use overnight_record::store::sha256_hex;

/// Collects everything that decides a backend's answers, as `key=value` lines.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint {
    lines: String,
}

impl Fingerprint {
    /// Adds one fact. Keys and order are part of the fingerprint.
    pub(crate) fn with(mut self, key: &str, value: impl std::fmt::Display) -> Self {
        // Values come from settings; a line break inside one must not look like a key.
        let value = value.to_string().replace('\n', "\\n");
        self.lines.push_str(&format!("{key}={value}\n"));
        self
    }

    /// The fingerprint: 32 hex digits (128 bits of SHA-256).
    pub(crate) fn finish(&self) -> String {
        sha256_hex(self.lines.as_bytes())[..32].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_counts() {
        let base = Fingerprint::default().with("kind", "ppocr").with("a", 1);
        let other = Fingerprint::default().with("kind", "ppocr").with("a", 2);
        let split = Fingerprint::default().with("kind", "ppocr\na=1");
        assert_eq!(base.finish().len(), 32);
        assert_ne!(base.finish(), other.finish());
        assert_ne!(base.finish(), split.finish());
    }
}
