//! The comparison by properties of the samples.

use std::collections::BTreeMap;
use std::ops::Range;

use overnight_metrics::{Pairing, quantile, sorted};
use overnight_record::result::{Breakdown, ImageProperties, PairedSample, PropertyGroup};

/// Samples with a property from which they are grouped by it.
const FEWEST: usize = 6;

/// A number that a sample may have.
struct Number {
    name: &'static str,
    definition: &'static str,
    of: fn(&PairedSample) -> Option<f64>,
}

/// A name that a sample may have.
struct Name {
    name: &'static str,
    definition: &'static str,
    of: fn(&PairedSample) -> Option<&str>,
}

const NUMBERS: [Number; 6] = [
    Number {
        name: "megapixels",
        definition: "width times height of the image, in millions",
        of: |sample| {
            look(sample, |look| {
                f64::from(look.width) * f64::from(look.height) / 1e6
            })
        },
    },
    Number {
        name: "sharpness",
        definition: "99th percentile of the luminance gradient / contrast, at most 1: the inverse \
                     of an edge's width in pixels; blurred images have less",
        of: |sample| look(sample, |look| look.sharpness),
    },
    Number {
        name: "contrast",
        definition: "99th minus 1st percentile of the luminance, 1 is from black to white",
        of: |sample| look(sample, |look| look.contrast),
    },
    Number {
        name: "brightness",
        definition: "mean luminance, 1 is white",
        of: |sample| look(sample, |look| look.brightness),
    },
    Number {
        name: "tint",
        definition: "mean over pixels of largest minus smallest channel, 0 is grey",
        of: |sample| look(sample, |look| look.tint),
    },
    Number {
        name: "lines",
        definition: "lines of the reference that are not empty",
        of: |sample| Some(sample.n_lines as f64),
    },
];

const NAMES: [Name; 2] = [
    Name {
        name: "script",
        definition: "the script that most letters of the reference are in",
        of: |sample| sample.script.as_deref(),
    },
    Name {
        name: "language",
        definition: "the language, as the dataset tells it",
        of: |sample| sample.language.as_deref(),
    },
];

fn look(sample: &PairedSample, of: fn(&ImageProperties) -> f64) -> Option<f64> {
    sample.properties.as_ref().map(of)
}

/// One breakdown for each property that at least six samples have and that tells them apart.
pub(super) fn breakdowns(samples: &[PairedSample], pairing: &Pairing) -> Vec<Breakdown> {
    let numbers = NUMBERS
        .iter()
        .filter_map(|n| by_number(samples, n, pairing));
    let names = NAMES.iter().filter_map(|n| by_name(samples, n, pairing));
    numbers.chain(names).collect()
}

/// Three groups with as many samples each as equal values allow. One that would hold less than
/// half of its share joins the smaller of its neighbours.
fn by_number(samples: &[PairedSample], number: &Number, pairing: &Pairing) -> Option<Breakdown> {
    let valued: Vec<(f64, &PairedSample)> = samples
        .iter()
        .filter_map(|sample| Some(((number.of)(sample)?, sample)))
        .filter(|(value, _)| value.is_finite())
        .collect();
    if valued.len() < FEWEST {
        return None;
    }
    let values = sorted(&valued.iter().map(|(value, _)| *value).collect::<Vec<f64>>());
    let groups = thirds(&values);
    let labels: &[&str] = match groups.len() {
        3 => &["low", "middle", "high"],
        2 => &["low", "high"],
        _ => return None,
    };
    let groups = groups.into_iter().zip(labels).map(|(range, label)| {
        let (low, high) = (values[range.start], values[range.end - 1]);
        // In the order of the dataset, which the draws of an interval depend on.
        let members: Vec<&PairedSample> = valued
            .iter()
            .filter(|(value, _)| low <= *value && *value <= high)
            .map(|(_, sample)| *sample)
            .collect();
        PropertyGroup {
            low: Some(low),
            high: Some(high),
            ..group((*label).to_owned(), &members, pairing)
        }
    });
    Some(Breakdown {
        property: number.name.to_owned(),
        definition: number.definition.to_owned(),
        groups: groups.collect(),
        n_without: samples.len() - values.len(),
    })
}

/// Up to three stretches of rising values, equal values in the same one; none is empty.
fn thirds(rising: &[f64]) -> Vec<Range<usize>> {
    let n = rising.len();
    let end_of = |share: f64| {
        let cut = quantile(rising, share).unwrap_or(f64::INFINITY);
        rising.partition_point(|value| *value <= cut)
    };
    let (first, second) = (end_of(1.0 / 3.0), end_of(2.0 / 3.0));
    let mut groups: Vec<Range<usize>> = [0..first, first..second, second..n]
        .into_iter()
        .filter(|group| !group.is_empty())
        .collect();
    let is_small = |group: &Range<usize>| group.len() * 6 < n;
    while let Some(place) = groups
        .iter()
        .position(is_small)
        .filter(|_| groups.len() > 1)
    {
        let before = place.checked_sub(1).map_or(usize::MAX, |i| groups[i].len());
        let after = groups.get(place + 1).map_or(usize::MAX, Range::len);
        let keep = if before < after { place - 1 } else { place };
        let joined = groups.remove(keep + 1);
        groups[keep].end = joined.end;
    }
    groups
}

fn by_name(samples: &[PairedSample], name: &Name, pairing: &Pairing) -> Option<Breakdown> {
    let mut by_label: BTreeMap<&str, Vec<&PairedSample>> = BTreeMap::new();
    for sample in samples {
        if let Some(label) = (name.of)(sample) {
            by_label.entry(label).or_default().push(sample);
        }
    }
    let n_with: usize = by_label.values().map(Vec::len).sum();
    if n_with < FEWEST || by_label.len() < 2 {
        return None;
    }
    Some(Breakdown {
        property: name.name.to_owned(),
        definition: name.definition.to_owned(),
        groups: by_label
            .into_iter()
            .map(|(label, members)| group(label.to_owned(), &members, pairing))
            .collect(),
        n_without: samples.len() - n_with,
    })
}

fn group(label: String, members: &[&PairedSample], pairing: &Pairing) -> PropertyGroup {
    let baseline: Vec<_> = members.iter().map(|s| s.baseline.clone()).collect();
    let candidate: Vec<_> = members.iter().map(|s| s.candidate.clone()).collect();
    PropertyGroup {
        label,
        low: None,
        high: None,
        n: members.len(),
        n_baseline: baseline.iter().filter(|s| s.distance.is_some()).count(),
        n_candidate: candidate.iter().filter(|s| s.distance.is_some()).count(),
        paired: pairing.difference(&baseline, &candidate),
    }
}

#[cfg(test)]
mod tests {
    use overnight_metrics::{Bootstrap, RateRule};
    use overnight_record::PredictionStatus;
    use overnight_record::result::SampleScore;

    use super::*;

    fn sample(index: usize, n_lines: usize, script: &str) -> PairedSample {
        let score = |distance| SampleScore {
            id: index.to_string(),
            status: PredictionStatus::Ok,
            n_ref: 10,
            n_hyp: Some(10),
            distance: Some(distance),
            cer: Some(distance as f64 / 10.0),
            word_n_ref: 2,
            word_distance: Some(0),
        };
        PairedSample {
            id: index.to_string(),
            image: String::new(),
            baseline: score(2),
            candidate: score(if script == "hangul" { 0 } else { 4 }),
            baseline_confidence: None,
            baseline_least_confidence: None,
            properties: None,
            n_lines,
            script: Some(script.to_owned()),
            language: None,
        }
    }

    fn of(samples: &[PairedSample]) -> Vec<Breakdown> {
        let pairing = Pairing {
            rule: RateRule::Reference,
            bootstrap: Bootstrap::new(42),
            margin: None,
        };
        breakdowns(samples, &pairing)
    }

    #[test]
    fn every_sample_with_the_property_is_in_one_group() {
        let samples: Vec<PairedSample> = (0..9)
            .map(|i| sample(i, [1, 1, 1, 1, 2, 3, 4, 5, 6][i], "latin"))
            .chain([sample(9, 7, "hangul")])
            .collect();
        let found = of(&samples);
        let names: Vec<&str> = found.iter().map(|b| b.property.as_str()).collect();
        assert_eq!(names, ["lines", "script"], "nobody looked at the images");
        for breakdown in &found {
            let n: usize = breakdown.groups.iter().map(|group| group.n).sum();
            assert_eq!(n + breakdown.n_without, samples.len());
        }
        let ranges: Vec<_> = found[0]
            .groups
            .iter()
            .map(|g| (g.low, g.high, g.n))
            .collect();
        assert_eq!(
            ranges,
            [
                (Some(1.0), Some(1.0), 4),
                (Some(2.0), Some(4.0), 3),
                (Some(5.0), Some(7.0), 3)
            ]
        );
        let script = |label: &str| {
            let group = found[1].groups.iter().find(|group| group.label == label);
            group.unwrap().paired.as_ref().unwrap().difference
        };
        assert_eq!((script("hangul"), script("latin")), (-0.2, 0.2));
    }

    #[test]
    fn equal_values_stay_together_and_small_groups_join() {
        let ends = |values: &[f64]| -> Vec<usize> {
            thirds(values).into_iter().map(|group| group.end).collect()
        };
        let rising: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(ends(&rising), [3, 6, 9]);
        let many_zeros: Vec<f64> = (0..40).map(|i| f64::from((i - 25).max(0))).collect();
        assert_eq!(ends(&many_zeros), [26, 40]);
        assert_eq!(ends(&[1.0; 8]), [8]);
        assert_eq!(ends(&[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), [7]);
    }

    #[test]
    fn what_does_not_tell_samples_apart_is_left_out() {
        let same: Vec<PairedSample> = (0..9).map(|i| sample(i, 3, "latin")).collect();
        assert_eq!(of(&same), []);
        let few: Vec<PairedSample> = (0..5).map(|i| sample(i, i, "latin")).collect();
        assert_eq!(of(&few), []);
    }
}
