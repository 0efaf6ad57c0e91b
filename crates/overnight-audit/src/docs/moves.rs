//! Where a document should lie, and under what name.

use jiff::civil::Date;

use super::DocsSpec;
use super::spec::{DocType, name_parts, stamp_time};
use crate::Document;
use crate::front_matter::{FrontMatter, Value};
use crate::links::Move;

/// The one place `document` belongs in, when it lies elsewhere and the evidence names a kind:
/// its prefix, a prefix in another spelling, its `type` field, or its folder, in this order.
///
/// A missing time stamp is taken from the `date` field, or else from history, or else from
/// the file's own time. A place that is taken is not named.
/// A document whose front matter cannot be read stays where it is.
pub(crate) fn place_of(document: &Document, spec: &DocsSpec<'_>) -> Option<Move> {
    if matches!(document.front_matter, FrontMatter::Broken { .. }) {
        return None;
    }
    let parts = name_parts(document.name());
    let (day, rest) = match parts.stamp {
        None if spec.stamp => day_of_name(parts.rest),
        _ => (None, parts.rest),
    };
    let (kind, words) = kind_and_words(document, rest, spec)?;
    let mut name = match parts.stamp {
        _ if !spec.stamp => String::new(),
        Some(stamp) if stamp_time(stamp).is_some() => format!("{stamp}_"),
        Some(_) | None => format!("{}_", stamp(document, day, spec)?),
    };
    name.push_str(&kind.prefix);
    if spec.words {
        name.push_str(&words.to_lowercase());
    } else {
        name.push_str(words);
    }
    let folder = spec.folder_of(kind);
    let to = if folder.is_empty() {
        name
    } else {
        format!("{folder}/{name}")
    };
    (to != document.path && !(spec.exists)(&to)).then(|| Move {
        from: document.path.clone(),
        to,
    })
}

/// The kind and what stands behind its prefix in the name.
fn kind_and_words<'a, 'b>(
    document: &'b Document,
    rest: &'b str,
    spec: &'a DocsSpec<'_>,
) -> Option<(&'a DocType, &'b str)> {
    if let Some(kind) = spec.type_of_name(rest) {
        return Some((kind, &rest[kind.prefix.len()..]));
    }
    let almost = spec.types.iter().find_map(|kind| {
        let words = spelled_otherwise(rest, &kind.name)
            .or_else(|| spelled_otherwise(rest, &kind.prefix))?;
        Some((kind, words))
    });
    let of_field = || {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return None;
        };
        let Value::Scalar { text, .. } = &block.field("type")?.value else {
            return None;
        };
        let mut kinds = spec.types.iter().filter(|kind| kind.name == *text);
        let first = kinds.next()?;
        kinds.next().is_none().then_some((first, rest))
    };
    let of_folder = || spec.type_of_folder(document).map(|kind| (kind, rest));
    let (kind, words) = almost.or_else(of_field).or_else(of_folder)?;
    let stem = words.rsplit_once('.').map_or(words, |(stem, _)| stem);
    (!stem.is_empty() && !kind.prefix.is_empty()).then_some((kind, words))
}

/// What follows `prefix` in `rest` when it begins with it but for case and the kind of hyphen.
pub(crate) fn spelled_otherwise<'a>(rest: &'a str, prefix: &str) -> Option<&'a str> {
    let plain = |c: char| {
        if c == '_' {
            '-'
        } else {
            c.to_ascii_lowercase()
        }
    };
    let wanted = prefix.trim_end_matches(['-', '_']);
    let mut left = rest.chars();
    for c in wanted.chars() {
        if left.next().map(plain) != Some(plain(c)) {
            return None;
        }
    }
    let words = left.as_str();
    (!wanted.is_empty() && words.starts_with(['-', '_'])).then(|| &words[1..])
}

/// A day at the beginning of a name, and what follows it.
fn day_of_name(rest: &str) -> (Option<Date>, &str) {
    let day = rest.get(..10).and_then(|text| text.parse::<Date>().ok());
    match rest.get(10..) {
        Some(words) if day.is_some() && words.starts_with(['-', '_']) => (day, &words[1..]),
        _ => (None, rest),
    }
}

/// The time stamp of a name. `day` is what the name says already.
fn stamp(document: &Document, day: Option<Date>, spec: &DocsSpec<'_>) -> Option<String> {
    let field = match &document.front_matter {
        FrontMatter::Fields(block) => block.field("date"),
        _ => None,
    };
    let written = match field.map(|field| &field.value) {
        Some(Value::Scalar { text, .. }) => spec.dates.right_time(text),
        _ => None,
    };
    let known = written.or_else(|| {
        let at = (spec.history)(&document.path).or(document.modified)?;
        Some(at.to_zoned(spec.dates.zone().clone()).datetime())
    });
    let time = match day {
        Some(day) => known
            .filter(|time| time.date() == day)
            .unwrap_or(day.at(0, 0, 0, 0)),
        None => known?,
    };
    Some(time.strftime("%Y-%m-%d_%H%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn moved(path: &str, text: &str) -> Option<String> {
        place_of(&fixture::document(path, text), &fixture::spec()).map(|there| there.to)
    }

    #[test]
    fn folder_prefix_and_stamp_are_mended_together() {
        let date = "---\ntype: audit\ndate: 2025-12-25 04:10 (UTC)\n---\n";
        let good = "docs/audits/2025-12-25_0410_audit-x.md";
        assert_eq!(moved(good, ""), None);
        for path in [
            "docs/x/2025-12-25_0410_audit-x.md",
            "docs/x/2025-12-25_0410_AUDIT_x.md",
            "docs/x/2025-12-25_0410_x.md",
            "docs/audits/x.md",
            "docs/x/audit-x.md",
            "docs/x/2025-13-45_9999_audit-x.md",
            "docs/x/2025-12-25_AUDIT-x.md",
        ] {
            assert_eq!(moved(path, date).as_deref(), Some(good), "{path}");
        }
        assert_eq!(
            moved("docs/bug_reports/2025-12-25_0410_bug-report-한글.md", "").as_deref(),
            Some("docs/bug_reports/2025-12-25_0410_BUG_한글.md")
        );
    }

    #[test]
    fn without_evidence_nothing_is_planned() {
        assert_eq!(moved("docs/x/2025-12-25_0410_x.md", ""), None);
        assert_eq!(moved("docs/x/audit-x.md", ""), None);
        assert_eq!(
            moved("docs/x/2025-12-25_0410_audit-x.md", "---\na: [\n---\n"),
            None
        );
        assert_eq!(
            moved("docs/x/2025-12-10_audit-x.md", "").as_deref(),
            Some("docs/audits/2025-12-10_0000_audit-x.md")
        );
        assert_eq!(moved("docs/x/2025-12-25_0410_audits.md", ""), None);
    }
}
