//! A link's destination taken apart.

/// Where a link points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Another site, a mail address or inline data: not judged.
    External,
    /// A `file:` URL, good on one machine only.
    Machine,
    /// A file or folder of the project.
    Local(LocalTarget),
}

/// A destination inside the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTarget {
    /// The path with percent escapes decoded; empty for the document itself. A path from
    /// the project root begins with a slash.
    pub path: String,
    /// What follows `#`, decoded.
    pub fragment: Option<String>,
}

impl Target {
    /// Reads a destination as Markdown gives it, that is, without its own escapes.
    ///
    /// ```
    /// use overnight_audit::links::Target;
    /// assert_eq!(Target::parse("https://example.org"), Target::External);
    /// let Target::Local(local) = Target::parse("a%20b.md?plain=1#x") else { unreachable!() };
    /// assert_eq!((local.path.as_str(), local.fragment.as_deref()), ("a b.md", Some("x")));
    /// ```
    pub fn parse(destination: &str) -> Self {
        let destination = destination.trim();
        if destination.starts_with("//") {
            return Self::External;
        }
        if let Some(scheme) = scheme(destination) {
            return if scheme.eq_ignore_ascii_case("file") {
                Self::Machine
            } else {
                Self::External
            };
        }
        let (rest, fragment) = match destination.split_once('#') {
            Some((rest, fragment)) => (rest, Some(decode(fragment))),
            None => (destination, None),
        };
        let path = rest.split_once('?').map_or(rest, |(path, _)| path);
        Self::Local(LocalTarget {
            path: decode(path),
            fragment,
        })
    }
}

/// The path of a `file:` URL, decoded, without host, query and fragment.
pub(super) fn machine_path(url: &str) -> String {
    let rest = url.split_once(':').map_or(url, |(_, rest)| rest);
    let path = match rest.strip_prefix("//") {
        Some(host) => host.find('/').map_or("", |at| &host[at..]),
        None => rest,
    };
    decode(path.split(['?', '#']).next().unwrap_or_default())
}

/// The scheme of a URL. `notes.py:12` and `C:\x` have none: a scheme here has at least two
/// letters and no dot, and more than a line number follows it.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let letters = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'));
    let line_number = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (letters && !line_number).then_some(scheme)
}

/// Decodes `%41`; what is no escape, or is not UTF-8, stays as written.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let source = text.as_bytes();
    let mut at = 0;
    while at < source.len() {
        let escaped = (source[at] == b'%')
            .then(|| source.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                at += 3;
            }
            None => {
                bytes.push(source[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> (String, Option<String>) {
        match Target::parse(text) {
            Target::Local(local) => (local.path, local.fragment),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn other_sites_are_told_from_paths() {
        for text in [
            "https://a.b/c",
            "mailto:a@b",
            "//host/x",
            "data:image/png;base64,x",
            "vscode://x",
        ] {
            assert_eq!(Target::parse(text), Target::External, "{text}");
        }
        assert_eq!(Target::parse("file:///home/x/a.md"), Target::Machine);
        for text in [
            "a.md",
            "notes.py:12",
            "Makefile:12-34",
            "C:\\x.md",
            "../a:b/c.md",
        ] {
            assert_eq!(local(text).0, text);
        }
    }

    #[test]
    fn escapes_queries_and_fragments_are_taken_off() {
        assert_eq!(
            local("%ED%95%9C.md#%EA%B0%80"),
            ("한.md".to_owned(), Some("가".to_owned()))
        );
        assert_eq!(local("100%.md"), ("100%.md".to_owned(), None));
        assert_eq!(local("%+1%ff.md").0, "%+1%ff.md");
        assert_eq!(local("#top"), (String::new(), Some("top".to_owned())));
        assert_eq!(
            local("a.md?x=/b#c?d"),
            ("a.md".to_owned(), Some("c?d".to_owned()))
        );
    }
}
