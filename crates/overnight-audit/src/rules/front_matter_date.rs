//! `front-matter-date`: a date is not written in the project's form and zone.

use jiff::civil::DateTime;
use overnight_record::Severity;

use crate::docs::Reading;
use crate::docs::spec::{name_parts, stamp_time};
use crate::front_matter::{Field, FrontMatter, Value};
use crate::{DocRule, DocsSpec, Document, Edit, Violation, scalar};

pub(super) const ID: &str = "front-matter-date";

pub(super) struct FrontMatterDate;

/// A date as it should be written, and whether the evidence leaves one answer.
struct Mended {
    text: String,
    is_certain: bool,
    evidence: &'static str,
}

impl DocRule for FrontMatterDate {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return Vec::new();
        };
        block
            .fields
            .iter()
            .filter(|field| spec.date_fields.contains(&field.key))
            .filter_map(|field| judge(field, document, spec))
            .collect()
    }
}

fn judge(field: &Field, document: &Document, spec: &DocsSpec<'_>) -> Option<Violation> {
    let key = &field.key;
    let (shown, mended) = match &field.value {
        Value::Scalar { text, .. } => match spec.dates.read(text) {
            Reading::Right => return None,
            reading => (format!("`{text}`"), mend(&reading, document, spec)),
        },
        Value::Empty => ("nothing".to_owned(), None),
        Value::Other => ("a list or a table".to_owned(), None),
    };
    let violation = Violation::new(
        ID,
        Severity::Error,
        &document.path,
        Some(field.line),
        format!(
            "date `{key}` has {shown}, not the form `{}` in the zone {}",
            spec.dates.pattern(),
            spec.dates.zone().iana_name().unwrap_or("of the project")
        ),
    )
    .at_column(field.column);
    let (Some(mended), Value::Scalar { span, quote, .. }) = (mended, &field.value) else {
        return Some(violation);
    };
    let edit = Edit {
        path: document.path.clone(),
        span: span.clone(),
        replacement: scalar::write(&mended.text, *quote),
    };
    let description = format!("write `{key}: {}`", mended.text);
    let violation = violation.with_evidence(mended.evidence);
    Some(if mended.is_certain {
        violation.with_safe_fix(description, vec![edit])
    } else {
        violation.with_suggested_fix(description, vec![edit])
    })
}

/// The date in the project's form. A time of day that is not written is taken from the file
/// name or from history, and only when they name the same day.
fn mend(reading: &Reading, document: &Document, spec: &DocsSpec<'_>) -> Option<Mended> {
    let certain = |text: String, evidence| Mended {
        text,
        is_certain: true,
        evidence,
    };
    let suggested = |time: DateTime, evidence| {
        Some(Mended {
            text: spec.dates.write_civil(time)?,
            is_certain: false,
            evidence,
        })
    };
    let of_name = name_parts(document.name()).stamp.and_then(stamp_time);
    match reading {
        Reading::SameMoment(moment) => Some(certain(
            spec.dates.write(moment),
            "the same moment in another form",
        )),
        Reading::WallTime(time) if of_name == Some(*time) => Some(certain(
            spec.dates.write_civil(*time)?,
            "the time stamp of the file name",
        )),
        Reading::WallTime(time) => suggested(*time, "taken as a time of the project's zone"),
        Reading::Day(day) => {
            if let Some(stamp) = of_name.filter(|stamp| stamp.date() == day.date()) {
                return Some(certain(
                    spec.dates.write_civil(stamp)?,
                    "the time stamp of the file name, on the same day",
                ));
            }
            let first = (spec.history)(&document.path)
                .map(|at| at.to_zoned(spec.dates.zone().clone()))
                .filter(|moment| moment.date() == day.date());
            match first {
                Some(moment) => Some(certain(
                    spec.dates.write(&moment),
                    "the first commit of the file, on the same day",
                )),
                None => suggested(*day, "the beginning of the day"),
            }
        }
        Reading::Right | Reading::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{apply, fixture};

    fn after(name: &str, date: &str) -> (String, Option<bool>) {
        let text = format!("---\ndate: {date} # when\n---\n");
        let document = fixture::document(&format!("docs/audits/{name}"), &text);
        let history = |_: &str| Timestamp::from_second(86_400 + 3_600).ok();
        let mut spec = fixture::spec();
        spec.history = &history;
        let found = FrontMatterDate.check(&document, &spec);
        let edits: Vec<Edit> = found.iter().flat_map(|v| v.edits.clone()).collect();
        let text = String::from_utf8(apply(text.as_bytes(), &edits).unwrap()).unwrap();
        let line = text.lines().nth(1).unwrap().to_owned();
        (line, found.first().map(Violation::is_safely_fixable))
    }

    #[test]
    fn a_right_date_is_never_touched() {
        let name = "2025-12-25_0410_audit-x.md";
        for date in ["2024-01-01 00:00 (UTC)", "\"2024-01-01 00:00 (UTC)\""] {
            assert_eq!(after(name, date), (format!("date: {date} # when"), None));
        }
    }

    #[test]
    fn only_evidence_makes_a_date_safe() {
        let name = "2025-12-25_0410_audit-x.md";
        for (date, line, safe) in [
            ("2025-12-25", "date: 2025-12-25 04:10 (UTC) # when", true),
            (
                "'2025-12-25T04:10'",
                "date: '2025-12-25 04:10 (UTC)' # when",
                true,
            ),
            (
                "2025-12-25T13:10:00+09:00",
                "date: 2025-12-25 04:10 (UTC) # when",
                true,
            ),
            ("1970-01-02", "date: 1970-01-02 01:00 (UTC) # when", true),
            ("2025-12-26", "date: 2025-12-26 00:00 (UTC) # when", false),
            (
                "2025-12-25 05:00",
                "date: 2025-12-25 05:00 (UTC) # when",
                false,
            ),
            ("soon", "date: soon # when", false),
            ("", "date:  # when", false),
        ] {
            assert_eq!(after(name, date), (line.to_owned(), Some(safe)), "{date}");
        }
    }
}
