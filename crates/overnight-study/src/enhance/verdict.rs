//! The answer of an enhancement study in words, from its intervals alone.

use overnight_record::result::{EnhanceArm, PairedDifference};

/// What an interval of the difference in CER allows to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The whole interval lies below zero.
    Helps,
    /// The whole interval lies above zero.
    Hurts,
    /// The interval holds zero.
    NotShown,
    /// There is no interval: too few samples were scored in both arms.
    Unknown,
}

/// Reads the effect off the interval.
pub fn effect(difference: Option<&PairedDifference>) -> Effect {
    match difference.and_then(|difference| difference.interval.as_ref()) {
        None => Effect::Unknown,
        Some(interval) if interval.high < 0.0 => Effect::Helps,
        Some(interval) if interval.low > 0.0 => Effect::Hurts,
        Some(_) => Effect::NotShown,
    }
}

/// One sentence an arm, against `none`: `sepia: no effect shown on 40 samples: CER 3.80 % to
/// 3.91 %, +0.11 percentage points (95 % interval -0.40 to +0.71); it adds 3.1 ms/Mpx.`
pub fn verdict(arms: &[EnhanceArm]) -> String {
    let sentences: Vec<String> = arms
        .iter()
        .filter(|arm| arm.name != "none")
        .map(sentence)
        .collect();
    let mut text = sentences.join(" ");
    if sentences.len() > 1 {
        text.push_str(" The intervals are not widened for comparing several arms.");
    }
    text
}

fn sentence(arm: &EnhanceArm) -> String {
    let cost = format!("it adds {:.1} ms per megapixel", arm.filter_ms_per_mp);
    let Some(paired) = &arm.against_none else {
        return format!(
            "{} cannot be judged: no sample was scored both with and without it; {cost}.",
            arm.name
        );
    };
    let word = match effect(Some(paired)) {
        Effect::Helps => "helps",
        Effect::Hurts => "hurts",
        Effect::NotShown => "no effect shown",
        Effect::Unknown => "too few samples to judge",
    };
    let interval = paired.interval.as_ref().map_or(String::new(), |interval| {
        format!(
            " ({:.0} % interval {:+.2} to {:+.2})",
            interval.level * 100.0,
            interval.low * 100.0,
            interval.high * 100.0
        )
    });
    let noun = if paired.n == 1 { "sample" } else { "samples" };
    format!(
        "{}: {word} on {} {noun}: CER {:.2} % without, {:.2} % with it, {:+.2} percentage \
         points{interval}; {cost}.",
        arm.name,
        paired.n,
        paired.baseline_micro * 100.0,
        paired.candidate_micro * 100.0,
        paired.difference * 100.0,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use overnight_metrics::{Bootstrap, aggregate};
    use overnight_record::Interval;

    use super::*;

    fn arm(name: &str, interval: Option<(f64, f64)>) -> EnhanceArm {
        EnhanceArm {
            name: name.into(),
            definition: String::new(),
            statuses: BTreeMap::new(),
            coverage: 1.0,
            cer: aggregate(&[], &Bootstrap::new(1)),
            against_none: (name != "none").then(|| PairedDifference {
                n: 40,
                baseline_micro: 0.038,
                candidate_micro: 0.0391,
                difference: 0.0011,
                interval: interval.map(|(low, high)| Interval {
                    low,
                    high,
                    level: 0.95,
                    method: String::new(),
                }),
                wins: 1,
                ties: 1,
                losses: 1,
                test: None,
                equivalence: None,
            }),
            filter_ms_p50: 1.0,
            filter_ms_per_mp: 3.12,
            total_ms_p50: None,
        }
    }

    fn effect_of(interval: Option<(f64, f64)>) -> Effect {
        effect(arm("sepia", interval).against_none.as_ref())
    }

    #[test]
    fn the_interval_alone_decides_the_word() {
        assert_eq!(effect_of(Some((-0.02, -0.001))), Effect::Helps);
        assert_eq!(effect_of(Some((0.001, 0.02))), Effect::Hurts);
        assert_eq!(effect_of(Some((-0.004, 0.0071))), Effect::NotShown);
        assert_eq!(
            effect_of(Some((0.0, 0.02))),
            Effect::NotShown,
            "zero is in it"
        );
        assert_eq!(effect_of(None), Effect::Unknown);
        assert_eq!(effect(None), Effect::Unknown);
    }

    #[test]
    fn the_sentence_states_its_evidence() {
        let arms = [arm("none", None), arm("sepia", Some((-0.004, 0.0071)))];
        assert_eq!(
            verdict(&arms),
            "sepia: no effect shown on 40 samples: CER 3.80 % without, 3.91 % with it, +0.11 \
             percentage points (95 % interval -0.40 to +0.71); it adds 3.1 ms per megapixel."
        );
    }

    #[test]
    fn several_arms_carry_a_warning_and_an_unscored_arm_is_not_judged() {
        let mut unscored = arm("grayscale", None);
        unscored.against_none = None;
        let text = verdict(&[arm("none", None), arm("sepia", Some((0.1, 0.2))), unscored]);
        assert!(text.starts_with("sepia: hurts on 40 samples"), "{text}");
        assert!(text.contains("grayscale cannot be judged"), "{text}");
        assert!(text.ends_with("comparing several arms."), "{text}");
    }
}
