//! Findings counted by rule.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overnight_record::Finding;
use overnight_record::result::RuleCount;

/// Counts per rule, most open findings first. `before` counts every finding, `after` the
/// open ones, so both columns add up to the findings they were made from.
pub fn summarise(findings: &[Finding]) -> Vec<RuleCount> {
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for finding in findings {
        let (before, after) = counts.entry((&finding.source, &finding.rule)).or_default();
        *before += 1;
        *after += usize::from(finding.is_open());
    }
    let mut rules: Vec<RuleCount> = counts
        .into_iter()
        .map(|((source, rule), (before, after))| RuleCount {
            source: source.to_owned(),
            rule: rule.to_owned(),
            before,
            after,
        })
        .collect();
    rules.sort_by_key(|rule| Reverse((rule.after, rule.before)));
    debug_assert_eq!(
        rules.iter().map(|rule| rule.before).sum::<usize>(),
        findings.len(),
        "every finding is counted once"
    );
    rules
}
