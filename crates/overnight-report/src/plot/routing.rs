//! The error rate of all samples by the share of them that is sent to the candidate.

use overnight_record::result::{CompareResult, Routing, RoutingPoint};

use super::canvas::{Anchor, Canvas, Svg, text_width};
use super::scale::Scale;
use crate::number::{percent, share};
use crate::text;

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 58.0;
const BOTTOM: f64 = 46.0;

/// The curves by confidence and with hindsight, and the points that matter; `None` without a
/// curve.
pub(crate) fn routing(compare: &CompareResult) -> Option<Svg> {
    let routing = compare.routing.as_ref()?;
    let by_signal = &routing.curve;
    let with_hindsight = &routing.oracle_curve;
    if routing.n == 0 || by_signal.len().max(with_hindsight.len()) < 2 {
        return None;
    }
    let points = points(compare, routing);
    let rates = by_signal
        .iter()
        .chain(with_hindsight)
        .map(|point| point.cer)
        .chain(points.iter().map(|it| it.point.cer));
    let (low, high) = rates.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), rate| {
        (low.min(rate), high.max(rate))
    });
    // An axis from zero, unless that would press the curves flat.
    let from = if low < high * 0.6 {
        0.0
    } else {
        (low - (high - low) * 0.3).max(0.0)
    };
    let title = "Error rate by the share of samples sent to the candidate, %";
    let values: Vec<String> = points
        .iter()
        .map(|it| format!("{} {}", it.name, percent(it.point.cer)))
        .collect();
    let mut canvas = Canvas::new(WIDTH, HEIGHT, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let bottom = HEIGHT - BOTTOM;
    let x = Scale::round(0.0, 100.0, LEFT, WIDTH - RIGHT, 5);
    let y = Scale::round(from * 100.0, high * 104.0, bottom, TOP, 5);
    canvas.x_axis(&x, 5, TOP, bottom);
    canvas.y_axis(&y, 5, LEFT, WIDTH - RIGHT);
    let at = |point: &RoutingPoint| {
        let sent = point.n_sent as f64 / routing.n as f64;
        (x.at(sent * 100.0), y.at(point.cer * 100.0))
    };
    let line = |points: &[RoutingPoint]| points.iter().map(at).collect::<Vec<_>>();
    canvas.curve("curve hindsight", &line(with_hindsight));
    canvas.curve("curve s1", &line(by_signal));
    legend(&mut canvas, !by_signal.is_empty());
    let curves = [line(by_signal), line(with_hindsight)].concat();
    let dots: Vec<(f64, f64)> = points.iter().map(|it| at(&it.point)).collect();
    let mut labels = Labels {
        bottom,
        covered: [curves, dots].concat(),
        set: Vec::new(),
    };
    for it in &points {
        let (px, py) = at(&it.point);
        let rate = percent(it.point.cer);
        let tip = format!(
            "{}: {rate}, {} sent",
            it.name,
            share(it.point.n_sent, routing.n)
        );
        if it.is_rule {
            canvas.diamond("dot rule", (px, py), 7.0, &tip);
        } else {
            canvas.dot(&format!("dot {}", it.series), (px, py), 5.0, &tip);
        }
        let label = format!("{} {rate}", text::clipped(&it.name, 28));
        let place = labels.place((px, py), text_width(&label));
        canvas.text("value", place, Anchor::Start, &label);
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    let label = format!(
        "% of the samples sent to {}",
        text::clipped(&compare.candidate.name, 40)
    );
    canvas.text("axis", (middle, HEIGHT - 6.0), Anchor::Middle, &label);
    Some(canvas.finish())
}

/// A point with a name.
struct Named {
    name: String,
    series: &'static str,
    is_rule: bool,
    point: RoutingPoint,
}

fn points(compare: &CompareResult, routing: &Routing) -> Vec<Named> {
    let named = |name: String, series, point| Named {
        name,
        series,
        is_rule: false,
        point,
    };
    let mut all = vec![
        named(
            format!("{} alone", compare.baseline.name),
            "s2",
            routing.baseline,
        ),
        named(
            format!("{} alone", compare.candidate.name),
            "s1",
            routing.candidate,
        ),
        named("the better of both".to_owned(), "neutral", routing.oracle),
    ];
    if let Some(rule) = &routing.rule {
        all.insert(
            0,
            Named {
                name: "rule, cross-validated".to_owned(),
                series: "rule",
                is_rule: true,
                point: rule.cross_validated,
            },
        );
    }
    all
}

fn legend(canvas: &mut Canvas, has_signal: bool) {
    let mut left = LEFT;
    let mut entry = |class: &str, label: &str| {
        canvas.curve(class, &[(left, 32.0), (left + 24.0, 32.0)]);
        canvas.text("axis", (left + 30.0, 36.0), Anchor::Start, label);
        left += 30.0 + text_width(label) + 24.0;
    };
    if has_signal {
        entry("curve s1", "the least sure sent first");
    }
    entry("curve hindsight", "those that gain most sent first");
}

/// Labels that were set, and what they must not cover.
struct Labels {
    bottom: f64,
    covered: Vec<(f64, f64)>,
    /// Left end, base line and width of each.
    set: Vec<(f64, f64, f64)>,
}

impl Labels {
    /// The start of the base line of a label near its point: where it covers nothing, or else
    /// no other label.
    fn place(&mut self, at: (f64, f64), width: f64) -> (f64, f64) {
        let lefts = [at.0 + 10.0, at.0 - 10.0 - width, at.0 - width / 2.0];
        let rises = [-10.0, 20.0, -24.0, 34.0, -38.0, 48.0, -52.0, 62.0];
        let places: Vec<(f64, f64)> = rises
            .iter()
            .flat_map(|rise| lefts.map(|left| (left, at.1 + rise)))
            .filter(|(left, y)| {
                *left > LEFT + 2.0
                    && left + width < WIDTH
                    && *y > TOP + 12.0
                    && *y < self.bottom - 5.0
                    && !self.is_over_label((*left, *y), width)
            })
            .collect();
        let free = places
            .iter()
            .find(|place| !self.is_over_point(**place, width));
        let place = free.or(places.first()).copied();
        let place = place.unwrap_or((lefts[0].min(WIDTH - width), at.1 - 10.0));
        self.set.push((place.0, place.1, width));
        place
    }

    fn is_over_label(&self, (left, y): (f64, f64), width: f64) -> bool {
        self.set
            .iter()
            .any(|(x, other, w)| (y - other).abs() < 15.0 && left < x + w && *x < left + width)
    }

    fn is_over_point(&self, (left, y): (f64, f64), width: f64) -> bool {
        self.covered.iter().any(|(px, py)| {
            *px > left - 6.0 && *px < left + width + 6.0 && *py > y - 13.0 && *py < y + 6.0
        })
    }
}
