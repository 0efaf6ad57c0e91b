//! Values for missing fields, each from the best evidence there is.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::DocsSpec;
use super::spec::{name_parts, stamp_time};
use crate::Document;

/// The value a missing `field` of `document` should get, or `None` when nothing says.
///
/// The title is the first top-level heading, or else the file name in words. The date is
/// the stamp of the file name, or else the first commit that holds the file, or else the
/// file's own time. The type follows from the file name's prefix, or else from the folder.
/// Everything else is the configured default.
pub(crate) fn known_value(field: &str, document: &Document, spec: &DocsSpec<'_>) -> Option<String> {
    let derived = match field {
        "title" => title(document, spec),
        "date" => date(document, spec),
        "type" => spec
            .type_of_name(document.name())
            .or_else(|| spec.type_of_folder(document))
            .map(|kind| kind.name.clone()),
        _ => None,
    };
    let of_kind = || {
        let kind = spec
            .type_of_name(document.name())
            .or_else(|| spec.type_of_folder(document))?;
        kind.defaults.get(field)
    };
    derived.or_else(|| of_kind().or_else(|| spec.defaults.get(field)).cloned())
}

fn title(document: &Document, spec: &DocsSpec<'_>) -> Option<String> {
    let text = document.text();
    let body = text.get(document.body_start()..)?;
    first_heading(body).or_else(|| words_of_name(document, spec))
}

/// Text of the first heading of level 1, on one line.
fn first_heading(body: &str) -> Option<String> {
    let mut heading: Option<String> = None;
    for event in Parser::new(body) {
        match (event, &mut heading) {
            (
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    ..
                }),
                _,
            ) => heading = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(text)) => {
                let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                return (!line.is_empty()).then_some(line);
            }
            (Event::Text(piece) | Event::Code(piece), Some(text)) => text.push_str(&piece),
            (Event::SoftBreak | Event::HardBreak, Some(text)) => text.push(' '),
            _ => {}
        }
    }
    None
}

/// `2025-12-25_0410_audit-link-check.md` -> `Link check`.
fn words_of_name(document: &Document, spec: &DocsSpec<'_>) -> Option<String> {
    let rest = name_parts(document.name()).rest;
    let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
    let prefix = spec
        .type_of_name(document.name())
        .map_or("", |kind| kind.prefix.as_str());
    let words: Vec<&str> = stem
        .strip_prefix(prefix)
        .unwrap_or(stem)
        .split(|c: char| c == '-' || c == '_' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    let mut title = words.join(" ");
    let first = title.chars().next()?;
    title.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    Some(title)
}

fn date(document: &Document, spec: &DocsSpec<'_>) -> Option<String> {
    let of_name = name_parts(document.name())
        .stamp
        .and_then(stamp_time)
        .and_then(|time| spec.dates.write_civil(time));
    of_name.or_else(|| {
        let at = (spec.history)(&document.path).or(document.modified)?;
        Some(spec.dates.write(&at.to_zoned(spec.dates.zone().clone())))
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::docs::{DATE_FORMAT, DateFormat};
    use crate::fixture;

    fn value(field: &str, path: &str, text: &str, first_commit: Option<i64>) -> Option<String> {
        let history = move |_: &str| first_commit.and_then(|s| Timestamp::from_second(s).ok());
        let mut spec = fixture::spec();
        spec.history = &history;
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        spec.dates = DateFormat::new(DATE_FORMAT, seoul).unwrap();
        let modified = Timestamp::from_second(1_766_000_000).ok();
        let document = Document::new(path.to_owned(), text.as_bytes().to_vec(), modified);
        known_value(field, &document, &spec)
    }

    #[test]
    fn the_title_is_the_first_heading_or_the_name_in_words() {
        let path = "docs/audits/2025-12-25_0410_audit-link-check.md";
        let title = |text| value("title", path, text, None);
        assert_eq!(
            title("---\na: b\n---\n## no\n\n# The *real* `title`\n").as_deref(),
            Some("The real title")
        );
        assert_eq!(title("Setext\n======\n").as_deref(), Some("Setext"));
        assert_eq!(title("```\n# code\n```\n").as_deref(), Some("Link check"));
        assert_eq!(
            value("title", "docs/영수증_메모.md", "", None).as_deref(),
            Some("영수증 메모")
        );
    }

    #[test]
    fn the_date_is_the_stamp_then_the_first_commit_then_the_file_time() {
        let date = |path, commit| value("date", path, "", commit);
        assert_eq!(
            date("docs/2025-12-25_0410_audit-x.md", Some(0)).as_deref(),
            Some("2025-12-25 04:10 (KST)")
        );
        assert_eq!(
            date("docs/2025-13-45_9999_audit-x.md", Some(0)).as_deref(),
            Some("1970-01-01 09:00 (KST)")
        );
        assert_eq!(
            date("docs/x.md", None).as_deref(),
            Some("2025-12-18 04:33 (KST)")
        );
    }

    #[test]
    fn the_type_follows_the_prefix_then_the_folder_then_the_default() {
        let kind = |path| value("type", path, "", None);
        assert_eq!(
            kind("docs/audits/assessment-x.md").as_deref(),
            Some("assessment")
        );
        assert_eq!(kind("docs/audits/x.md").as_deref(), Some("audit"));
        assert_eq!(kind("docs/x.md"), None);
        assert_eq!(
            value("status", "docs/x.md", "", None).as_deref(),
            Some("draft")
        );
        assert_eq!(value("category", "docs/x.md", "", None), None);
    }
}
