//! Dates in front matter: one format, one zone, and what else can be understood.

use jiff::civil::DateTime;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// How dates are written unless the project says otherwise.
pub const DATE_FORMAT: &str = "%Y-%m-%d %H:%M (%Z)";

/// How a project writes its dates: a `strftime` pattern, and the zone of the times.
#[derive(Debug, Clone)]
pub struct DateFormat {
    pattern: String,
    zone: TimeZone,
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no pattern for dates: {problem}")]
pub struct DateFormatError {
    /// The pattern.
    pub pattern: String,
    /// Why not.
    pub problem: String,
}

/// What a text says about a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// It is written as it should be.
    Right,
    /// The same moment, written in another way.
    SameMoment(Zoned),
    /// A day and a time of day without a zone.
    WallTime(DateTime),
    /// A day only.
    Day(DateTime),
    /// Nothing that is understood.
    Unknown,
}

impl DateFormat {
    /// A pattern of jiff's `strftime`, with year, month and day, and at most one `%Z` behind
    /// everything else, which stands for the zone's abbreviation at that time.
    ///
    /// # Errors
    /// [`DateFormatError`] when what is written by the pattern cannot be read back.
    pub fn new(pattern: &str, zone: TimeZone) -> Result<Self, DateFormatError> {
        let refuse = |problem: String| DateFormatError {
            pattern: pattern.to_owned(),
            problem,
        };
        let format = Self {
            pattern: pattern.to_owned(),
            zone,
        };
        let moment = Timestamp::UNIX_EPOCH.to_zoned(format.zone.clone());
        let written =
            strtime::format(pattern, &moment).map_err(|error| refuse(error.to_string()))?;
        match format.read(&written) {
            Reading::Right => Ok(format),
            _ => Err(refuse(format!(
                "it writes `{written}`, which it does not read back"
            ))),
        }
    }

    /// The zone of the times.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The pattern.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A moment as the project writes it.
    pub(crate) fn write(&self, moment: &Zoned) -> String {
        let local = moment.with_time_zone(self.zone.clone());
        strtime::format(&self.pattern, &local).unwrap_or_else(|_| local.to_string())
    }

    /// A wall time of the zone as the project writes it; `None` where there is no such time.
    pub(crate) fn write_civil(&self, time: DateTime) -> Option<String> {
        let moment = time.to_zoned(self.zone.clone()).ok()?;
        (moment.datetime() == time).then(|| self.write(&moment))
    }

    /// What `text` says.
    pub(crate) fn read(&self, text: &str) -> Reading {
        if self.right_time(text).is_some() {
            return Reading::Right;
        }
        let text = text.trim();
        if let Ok(moment) = text.parse::<Zoned>() {
            return Reading::SameMoment(moment);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Reading::SameMoment(moment.to_zoned(self.zone.clone()));
        }
        let mut plain = text.replace(['/', '.'], "-");
        if plain.as_bytes().get(10) == Some(&b'T') {
            plain.replace_range(10..11, " ");
        }
        let (rest, abbreviation) = split_zone(&plain);
        let wall = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
            .iter()
            .find_map(|form| DateTime::strptime(form, rest).ok());
        if let Some(wall) = wall {
            return match abbreviation {
                None => Reading::WallTime(wall),
                Some("UTC" | "GMT" | "Z") => wall
                    .to_zoned(TimeZone::UTC)
                    .map_or(Reading::Unknown, Reading::SameMoment),
                Some(name) => match wall.to_zoned(self.zone.clone()) {
                    Ok(moment) if abbreviation_of(&moment) == name => Reading::SameMoment(moment),
                    _ => Reading::Unknown,
                },
            };
        }
        let day = BrokenDownTime::parse("%Y-%m-%d", rest).and_then(|parts| parts.to_date());
        match (day, abbreviation) {
            (Ok(day), None) => Reading::Day(day.at(0, 0, 0, 0)),
            (Ok(day), Some(name)) => match day.at(0, 0, 0, 0).to_zoned(self.zone.clone()) {
                Ok(moment) if abbreviation_of(&moment) == name => Reading::Day(day.at(0, 0, 0, 0)),
                _ => Reading::Unknown,
            },
            (Err(_), _) => Reading::Unknown,
        }
    }

    /// The wall time of a text that is as it should be, in the project's zone unless the text
    /// has an offset of its own.
    pub(crate) fn right_time(&self, text: &str) -> Option<DateTime> {
        let wall = |parts: BrokenDownTime| {
            parts
                .to_datetime()
                .or_else(|_| parts.to_date().map(|day| day.at(0, 0, 0, 0)))
                .ok()
        };
        let Some((head, tail)) = self.pattern.split_once("%Z") else {
            return wall(BrokenDownTime::parse(&self.pattern, text).ok()?);
        };
        let text = text.strip_suffix(tail)?;
        let name_at = text
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-')))
            .map_or(0, |at| {
                at + text[at..].chars().next().map_or(1, char::len_utf8)
            });
        let time = wall(BrokenDownTime::parse(head, &text[..name_at]).ok()?)?;
        let moment = time.to_zoned(self.zone.clone()).ok()?;
        (abbreviation_of(&moment) == text[name_at..]).then_some(time)
    }
}

fn abbreviation_of(moment: &Zoned) -> String {
    moment.strftime("%Z").to_string()
}

/// Splits `... (KST)` or `... KST` into the time and the name of the zone.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    let bare = text.strip_suffix(')').unwrap_or(text);
    let name_at = bare
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| {
            at + bare[at..].chars().next().map_or(1, char::len_utf8)
        });
    if name_at == bare.len() {
        return (text, None);
    }
    let rest = bare[..name_at].trim_end_matches([' ', '(']);
    (rest, Some(&bare[name_at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul() -> DateFormat {
        DateFormat::new(DATE_FORMAT, TimeZone::get("Asia/Seoul").unwrap()).unwrap()
    }

    fn mended(text: &str) -> Option<String> {
        match seoul().read(text) {
            Reading::SameMoment(moment) => Some(seoul().write(&moment)),
            _ => None,
        }
    }

    #[test]
    fn the_zone_s_own_abbreviation_is_right_and_others_are_converted() {
        assert_eq!(seoul().read("2025-12-25 04:10 (KST)"), Reading::Right);
        assert_eq!(seoul().read("2025-1-5 6:51 (KST)"), Reading::Right);
        assert_eq!(seoul().read("2025-13-25 04:10 (KST)"), Reading::Unknown);
        assert_eq!(seoul().read("2025-12-25 04:10 (PST)"), Reading::Unknown);
        let right = Some("2025-12-25 04:10 (KST)".to_owned());
        for text in [
            "2025-12-24 19:10 (UTC)",
            "2025-12-24T19:10:00Z",
            "2025-12-25T04:10:30+09:00",
            "2025-12-25T04:10+09:00[Asia/Seoul]",
            "2025/12/25 04:10 KST",
            "2025-12-25 04:10:00 (KST)",
        ] {
            assert_eq!(mended(text), right, "{text}");
        }
    }

    #[test]
    fn what_lacks_a_zone_or_a_time_is_told_apart() {
        let day: DateTime = "2025-12-25T00:00".parse().unwrap();
        assert_eq!(seoul().read("2025-12-25"), Reading::Day(day));
        assert_eq!(seoul().read("2025-12-25 (KST)"), Reading::Day(day));
        assert!(matches!(
            seoul().read("2025-12-25 04:10"),
            Reading::WallTime(_)
        ));
        for text in ["", "soon", "25.12.2025", "한국", "(", "2025-12-25 (PST)"] {
            assert_eq!(seoul().read(text), Reading::Unknown, "{text}");
        }
    }

    #[test]
    fn patterns_that_are_not_read_back_are_refused() {
        for (pattern, good) in [
            ("%Y-%m-%d", true),
            ("%Y-%m-%dT%H:%M:%S%:z", true),
            ("%d.%m.%Y", true),
            ("%Y", false),
            ("%Q-%!", false),
            ("%Z %Y-%m-%d", false),
        ] {
            let made = DateFormat::new(pattern, TimeZone::UTC);
            assert_eq!(made.is_ok(), good, "{pattern} {made:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_right(seconds in 0i64..4_000_000_000, text in "\\PC{0,24}") {
            let moment = Timestamp::from_second(seconds).unwrap().to_zoned(TimeZone::UTC);
            proptest::prop_assert_eq!(seoul().read(&seoul().write(&moment)), Reading::Right);
            let _ = seoul().read(&text);
        }
    }
}
