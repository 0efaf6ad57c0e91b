//! Hours and days of the week.

use std::str::FromStr;

use jiff::civil::Time;

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Some days of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days([bool; 7]);

impl Days {
    /// Every day.
    pub(super) const EVERY: Self = Self([true; 7]);

    pub(super) fn is_every(self) -> bool {
        self == Self::EVERY
    }

    /// The days as runs of consecutive ones, each by its first and last, from 0 for Monday.
    fn runs(self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for day in (0..7).filter(|day| self.0[*day]) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => runs.push((day, day)),
            }
        }
        runs
    }

    /// `Mon..Fri` or `Tue,Sat`, as systemd writes it.
    pub(super) fn for_systemd(self) -> String {
        let title = |day: usize| {
            let name = NAMES[day];
            format!("{}{}", name[..1].to_uppercase(), &name[1..])
        };
        self.joined("..", title)
    }

    /// `1-5` or `2,6`, as cron writes it.
    pub(super) fn for_cron(self) -> String {
        self.joined("-", |day| (day + 1).to_string())
    }

    fn joined(self, to: &str, shown: impl Fn(usize) -> String) -> String {
        let runs = self.runs().into_iter();
        let runs: Vec<String> = runs
            .map(|(first, last)| match last - first {
                0 => shown(first),
                1 => format!("{},{}", shown(first), shown(last)),
                _ => format!("{}{to}{}", shown(first), shown(last)),
            })
            .collect();
        runs.join(",")
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = |name: &str| {
            let name = name.trim().to_lowercase();
            let found = NAMES.iter().position(|known| {
                name == *known
                    || (name.len() > 3 && name.starts_with(known) && name.ends_with("day"))
            });
            found.ok_or_else(|| {
                format!("`{name}` is not a day; write days like `mon-fri` or `tue,sat`")
            })
        };
        let mut days = [false; 7];
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (day(first)?, day(last)?),
                None => (day(part)?, day(part)?),
            };
            // `fri-mon` goes over the end of the week.
            let length = (last + 7 - first) % 7;
            for offset in 0..=length {
                days[(first + offset) % 7] = true;
            }
        }
        Ok(Self(days))
    }
}

/// A time of day such as `07:00`.
pub(super) fn time_of_day(text: &str) -> Result<Time, String> {
    Time::strptime("%H:%M", text).map_err(|_| "write it as HH:MM, such as 18:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written_for_both() {
        let both = |text: &str| {
            let days: Days = text.parse().unwrap();
            (days.for_systemd(), days.for_cron())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(both("mon-fri"), pair("Mon..Fri", "1-5"));
        assert_eq!(both("Tuesday, sat"), pair("Tue,Sat", "2,6"));
        assert_eq!(both("fri-mon"), pair("Mon,Fri..Sun", "1,5-7"));
        assert_eq!(both("sun"), pair("Sun", "7"));
        assert_eq!(both("mon,wed-thu"), pair("Mon,Wed,Thu", "1,3,4"));
        assert!("mon-sun".parse::<Days>().unwrap().is_every());
        for wrong in ["", "monkey", "mon-", "1-5", "mon;fri"] {
            assert!(wrong.parse::<Days>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_day_has_two_parts() {
        assert!(time_of_day("07:00").is_ok() && time_of_day("23:59").is_ok());
        for wrong in ["24:00", "7", "7pm", "", "07:60"] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
