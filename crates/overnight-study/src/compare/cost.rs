//! What reading cost, as far as the predictions tell.

use overnight_metrics::{mean, median, quantile, sorted};
use overnight_record::Prediction;
use overnight_record::result::ReadingCost;

/// Values from which a 90th percentile is given.
const FOR_P90: usize = 64;

/// Sums up the predictions of the samples compared. Those made elsewhere may carry neither
/// times nor tokens.
pub(super) fn cost<'a>(predictions: impl IntoIterator<Item = &'a Prediction>) -> ReadingCost {
    let mut cost = ReadingCost::default();
    let (mut total_ms, mut first_token_ms) = (Vec::new(), Vec::new());
    for prediction in predictions {
        cost.attempts += u64::from(prediction.attempts);
        let times = &prediction.timings_ms;
        if times.total > 0.0 {
            total_ms.push(times.total);
        }
        first_token_ms.extend(times.first_token);
        let logged = prediction.attempt_log.iter().filter_map(|a| a.usage);
        let mut usages: Vec<_> = logged.collect();
        if usages.is_empty() {
            usages.extend(prediction.usage);
        }
        cost.n_with_tokens += usize::from(!usages.is_empty());
        for usage in usages {
            cost.prompt_tokens += usage.prompt_tokens;
            cost.completion_tokens += usage.completion_tokens;
        }
    }
    let total_ms = sorted(&total_ms);
    cost.n_timed = total_ms.len();
    cost.ms_mean = mean(&total_ms);
    cost.ms_p50 = quantile(&total_ms, 0.5);
    cost.ms_p90 = (total_ms.len() >= FOR_P90)
        .then(|| quantile(&total_ms, 0.9))
        .flatten();
    cost.first_token_ms_p50 = median(&first_token_ms);
    cost
}
