//! Whether and when a step that failed is tried again.

use std::time::Duration;

use overnight_plan::StepPolicy;
use overnight_plan::config::Run;
use overnight_record::{FailureClass, StepId};

/// A server that refuses for being asked too often needs more time than others.
const RATE_LIMIT_FACTOR: u32 = 3;
/// Largest part of a pause by which chance moves it.
const JITTER: f64 = 0.2;

/// The pause before the next try; `None` when there is none. `tried` counts the tries of
/// this session, `spent` is the time since the first of them began.
pub(super) fn pause_before_next(
    run: &Run,
    policy: &StepPolicy,
    class: FailureClass,
    step: StepId,
    tried: u32,
    spent: Duration,
) -> Option<Duration> {
    let retries = policy.retries.unwrap_or_else(|| run.retries_of(class));
    if class == FailureClass::Stopped || tried > retries {
        return None;
    }
    let factor = match class {
        FailureClass::RateLimit => RATE_LIMIT_FACTOR,
        _ => 1,
    };
    let doubled = 1_u32.checked_shl(tried - 1).unwrap_or(u32::MAX);
    let pause = run.retry_pause.0.saturating_mul(factor);
    let pause = pause.saturating_mul(doubled).min(run.retry_pause_max.0);
    let pause = pause.mul_f64(1.0 + JITTER * chance(step, tried));
    let limit = policy.total_timeout;
    (limit.is_none_or(|limit| spent + pause < limit)).then_some(pause)
}

/// A number in [-1, 1] that differs between steps and tries and is the same each time, so
/// that steps that failed together do not come back together (SplitMix64's finaliser).
fn chance(step: StepId, tried: u32) -> f64 {
    let seed = u64::from(step.task.phase) << 48
        | u64::from(step.task.task) << 32
        | u64::from(step.step) << 16
        | u64::from(tried);
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(retries: Option<u32>, total: Option<u64>) -> StepPolicy {
        StepPolicy {
            timeout: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(1),
            total_timeout: total.map(Duration::from_secs),
            memory_bytes: None,
            retries,
        }
    }

    fn pauses(class: FailureClass, policy: &StepPolicy) -> Vec<f64> {
        let step = "1.1.1".parse().unwrap();
        let mut spent = Duration::ZERO;
        (1..20)
            .map_while(|tried| {
                let pause = pause_before_next(&Run::default(), policy, class, step, tried, spent)?;
                spent += pause;
                Some(pause.as_secs_f64())
            })
            .collect()
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_vary() {
        let seen = pauses(FailureClass::Network, &policy(Some(8), None));
        assert_eq!(seen.len(), 8);
        for (n, pause) in seen.iter().enumerate() {
            let expected = (20.0 * f64::from(1 << n)).min(600.0);
            assert!((pause / expected - 1.0).abs() <= JITTER, "{seen:?}");
        }
        assert!(seen.iter().any(|pause| pause.fract() != 0.0));
    }

    #[test]
    fn the_class_decides_unless_the_step_does() {
        let by_class = policy(None, None);
        assert_eq!(pauses(FailureClass::Network, &by_class).len(), 3);
        assert!(pauses(FailureClass::Error, &by_class).is_empty());
        assert_eq!(pauses(FailureClass::Error, &policy(Some(2), None)).len(), 2);
        assert!(pauses(FailureClass::Stopped, &policy(Some(2), None)).is_empty());
        let slow = pauses(FailureClass::RateLimit, &by_class);
        assert!(slow[0] >= 48.0, "{slow:?}");
    }

    #[test]
    fn all_tries_together_have_a_limit() {
        let seen = pauses(FailureClass::Network, &policy(Some(9), Some(100)));
        assert!((1..4).contains(&seen.len()), "{seen:?}");
    }
}
