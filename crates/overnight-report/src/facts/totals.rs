//! Totals must add up when a record is read; one that does not is named beside the numbers.

use super::Results;

/// One sentence for every total that does not add up.
pub(super) fn contradictions(results: &Results) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |step: String, what: &str, left: usize, right: usize| {
        if left != right {
            found.push(format!(
                "The record of step {step} contradicts itself: {what} ({left} and {right})."
            ));
        }
    };
    for result in &results.audits {
        let (step, body) = (result.step, result.body());
        let before = body.rules.iter().map(|rule| rule.before).sum();
        let after = body.rules.iter().map(|rule| rule.after).sum();
        let open = body.findings.iter().filter(|f| f.is_open()).count();
        let what = "findings and the sum over rules differ";
        check(step.to_string(), what, body.findings.len(), before);
        let what = "open findings and the sum over rules differ";
        check(step.to_string(), what, open, after);
    }
    for result in &results.infers {
        let (step, body) = (result.step, result.body());
        let tried = body.n_inferred + body.n_cached;
        let what = "samples and their outcomes differ";
        check(step.to_string(), what, body.n, tried + body.n_left);
        let what = "predictions and their statuses differ";
        check(step.to_string(), what, tried, body.statuses.values().sum());
    }
    for result in &results.compares {
        let (step, body) = (result.step, result.body());
        for side in [&body.baseline, &body.candidate] {
            let what = "samples and the statuses of a side differ";
            let statuses = side.statuses.values().sum();
            check(step.to_string(), what, body.samples.len(), statuses);
        }
    }
    found
}
