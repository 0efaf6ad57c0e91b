//! Which version of a tool the project asks for.

/// A version asked for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The exact version.
    pub version: String,
    /// The file that says so.
    pub file: String,
}

/// Files that may pin a tool, the most binding first.
pub const PIN_FILES: [&str; 5] = [
    "uv.lock",
    "requirements-dev.txt",
    "requirements.txt",
    "pyproject.toml",
    "setup.cfg",
];

/// The exact version of `tool` that `text`, the content of `file`, asks for; ranges pin
/// nothing.
///
/// ```
/// use overnight_audit::code::pinned_version;
/// let pin = pinned_version("ruff", "requirements.txt", "mypy==1.0\nruff == 0.14.5 # lint\n");
/// assert_eq!(pin.unwrap().version, "0.14.5");
/// ```
pub fn pinned_version(tool: &str, file: &str, text: &str) -> Option<Pin> {
    let version = if file.ends_with(".lock") {
        locked(tool, text)
    } else {
        text.lines().find_map(|line| exact(tool, line))
    }?;
    Some(Pin {
        version,
        file: file.to_owned(),
    })
}

/// `name = "ruff"` and the `version = "..."` of the same table.
fn locked(tool: &str, text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == format!("name = \"{tool}\""))?;
    lines
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
}

/// `ruff==0.14.5` anywhere on a line, as a word of its own, quoted or not.
fn exact(tool: &str, line: &str) -> Option<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    line.match_indices(tool).find_map(|(at, _)| {
        let is_whole = !line[..at].ends_with(is_name);
        let rest = line[at + tool.len()..].trim_start();
        let version = rest.strip_prefix("==")?.trim_start();
        let end = version
            .find(|c: char| !is_name(c) && c != '+')
            .unwrap_or(version.len());
        (is_whole && end > 0).then(|| version[..end].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_versions_are_read_where_projects_write_them() {
        let version =
            |file: &str, text: &str| pinned_version("ruff", file, text).map(|pin| pin.version);
        let lock = "[[package]]\nname = \"mypy\"\nversion = \"1.18.2\"\n\n[[package]]\nname = \"ruff\"\nversion = \"0.14.5\"\nsource = { }\n";
        assert_eq!(version("uv.lock", lock).as_deref(), Some("0.14.5"));
        assert_eq!(
            version(
                "pyproject.toml",
                "dev = [\"types-ruff==9\", \"ruff==0.12.1\"]"
            )
            .as_deref(),
            Some("0.12.1")
        );
        assert_eq!(
            version("pyproject.toml", "dev = [\"ruff>=0.12.1\"]\n[tool.ruff]"),
            None
        );
        assert_eq!(
            version("uv.lock", "name = \"ruff\"\n[[package]]\nversion = \"1\""),
            None
        );
    }
}
