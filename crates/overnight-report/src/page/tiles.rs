//! One figure a role, for the first glance.

use crate::facts::{Kind, Missing, Night};
use crate::number::{count, counted, percent, percent_with, rate_with};
use crate::text;
use crate::verdict::{best_case, open_findings};

/// A role's first figure, or why there is none.
pub(super) struct Tile {
    pub(super) role: &'static str,
    pub(super) href: &'static str,
    pub(super) figure: Option<String>,
    pub(super) unit: String,
    pub(super) detail: String,
}

/// The four tiles in the order of the sections.
pub(super) fn tiles(night: &Night) -> [Tile; 4] {
    [
        auditor(night),
        profiler(night),
        evaluator(night),
        preprocessor(night),
    ]
}

fn none(role: &'static str, href: &'static str, missing: Vec<Missing>) -> Tile {
    let why = missing.into_iter().next().map(|missing| missing.sentence);
    Tile {
        role,
        href,
        figure: None,
        unit: if role == "Auditor" {
            "not audited"
        } else {
            "not measured"
        }
        .to_owned(),
        detail: text::clipped(&why.unwrap_or_default(), 150),
    }
}

/// The interval alone of an estimate, for the line under its figure.
fn range(estimate: &str) -> String {
    match estimate.find('[') {
        Some(at) => format!("{}; ", &estimate[at..]),
        None => String::new(),
    }
}

fn auditor(night: &Night) -> Tile {
    let audits = &night.results.audits;
    if audits.is_empty() {
        return none(
            "Auditor",
            "#auditor",
            night.missing_or_unplanned(Kind::Audit),
        );
    }
    let total: usize = audits.iter().map(|r| r.body().findings.len()).sum();
    let open = open_findings(night);
    Tile {
        role: "Auditor",
        href: "#auditor",
        figure: Some(count(total - open)),
        unit: format!("of {} repaired", counted(total, "finding")),
        detail: format!("{} left for a person", count(open)),
    }
}

fn profiler(night: &Night) -> Tile {
    let best = night
        .results
        .benches
        .iter()
        .find_map(|r| Some((r, best_case(r.body())?)));
    let Some((result, case)) = best else {
        return none(
            "Profiler",
            "#profiler",
            night.missing_or_unplanned(Kind::Bench),
        );
    };
    let rate = case.items_per_s.unwrap_or(0.0);
    Tile {
        role: "Profiler",
        href: "#profiler",
        figure: Some(rate_with(rate, None)),
        unit: format!(
            "{} a second, {}",
            case.stage.item(),
            text::line(&result.body().backend.name)
        ),
        detail: format!(
            "{}{}, batch size {}",
            range(&rate_with(rate, case.items_per_s_interval.as_ref())),
            case.stage.name(),
            case.batch_size
        ),
    }
}

fn evaluator(night: &Night) -> Tile {
    let results = &night.results;
    if let Some(result) = results.compares.first() {
        let body = result.body();
        // The lower of the two rates is the best reading the night knows of.
        let sides = [&body.baseline, &body.candidate];
        let best = sides
            .into_iter()
            .filter_map(|side| Some((side, side.cer.micro?)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((side, micro)) = best {
            let other = sides.into_iter().find(|other| !std::ptr::eq(*other, side));
            let other = other
                .and_then(|other| Some(format!("; {} {}", other.name, percent(other.cer.micro?))));
            return Tile {
                role: "Evaluator",
                href: "#evaluator",
                figure: Some(percent(micro)),
                unit: format!("CER of {}", text::line(&side.name)),
                detail: text::line(&format!(
                    "{}n = {}, profile {}{}",
                    range(&percent_with(micro, side.cer.interval.as_ref())),
                    body.dataset.n,
                    body.profile,
                    other.unwrap_or_default()
                )),
            };
        }
    }
    if let Some(score) = results.scores.first().map(|r| &r.body().first)
        && let Some(micro) = score.cer.micro
    {
        return Tile {
            role: "Evaluator",
            href: "#evaluator",
            figure: Some(percent(micro)),
            unit: "CER".to_owned(),
            detail: text::line(&format!(
                "{}n = {}, profile {}",
                range(&percent_with(micro, score.cer.interval.as_ref())),
                score.n,
                score.profile
            )),
        };
    }
    none(
        "Evaluator",
        "#evaluator",
        night.missing_or_unplanned(Kind::Compare),
    )
}

fn preprocessor(night: &Night) -> Tile {
    let smallest = night.results.storages.iter().find_map(|r| {
        let arms = r.body().arms.iter().filter(|arm| arm.name != "source");
        arms.min_by(|a, b| a.bytes_ratio.total_cmp(&b.bytes_ratio))
    });
    if let Some(arm) = smallest {
        return Tile {
            role: "Preprocessor",
            href: "#preprocessor",
            figure: Some(percent(arm.bytes_ratio)),
            unit: format!("of the bytes as {}", text::line(&arm.name)),
            detail: format!(
                "decoding takes {} times as long",
                rate_with(arm.decode_ratio, arm.decode_ratio_interval.as_ref())
            ),
        };
    }
    if let Some(result) = night.results.enhances.first() {
        return Tile {
            role: "Preprocessor",
            href: "#preprocessor",
            figure: Some(result.body().arms.len().to_string()),
            unit: "arms compared".to_owned(),
            detail: text::clipped(&result.body().verdict, 160),
        };
    }
    let mut missing = night.missing_or_unplanned(Kind::Enhance);
    missing.extend(night.missing_or_unplanned(Kind::Storage));
    none("Preprocessor", "#preprocessor", missing)
}
