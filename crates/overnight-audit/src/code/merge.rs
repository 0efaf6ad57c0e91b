//! Findings of a tool before and after its fixes, as one list.

use overnight_record::{Applicability, Finding, FindingFix};

/// Every finding of `after` as it stands, preceded by those of `before` that are gone,
/// which are marked as mended by `command`.
///
/// A finding is the same when rule, path and message are: its line may have moved.
pub fn before_and_after(before: &[Finding], after: Vec<Finding>, command: &str) -> Vec<Finding> {
    let key = |finding: &Finding| {
        (
            finding.rule.clone(),
            finding.path.clone(),
            finding.message.clone(),
        )
    };
    let mut standing: Vec<_> = after.iter().map(key).collect();
    let mut all = Vec::with_capacity(before.len());
    for finding in before {
        let this = key(finding);
        if let Some(at) = standing.iter().position(|other| *other == this) {
            standing.swap_remove(at);
            continue;
        }
        let mut mended = finding.clone();
        let fix = mended.fix.get_or_insert_with(|| FindingFix {
            applicability: Applicability::Safe,
            description: command.to_owned(),
            applied: true,
            proof: None,
        });
        fix.applied = true;
        all.push(mended);
    }
    all.extend(after);
    all
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::code::parse_mypy;

    #[test]
    fn what_is_gone_is_mended_and_the_rest_stands_where_it_is_now() {
        let parse = |text: &str| parse_mypy(text, Path::new("/p")).unwrap();
        let before = parse("a.py:1: error: x  [c]\na.py:5: error: y  [c]\na.py:7: error: x  [c]\n");
        let after = parse("a.py:3: error: y  [c]\na.py:4: error: x  [c]\n");
        let all = before_and_after(&before, after, "fix");
        let shown: Vec<_> = all.iter().map(|f| (f.line.unwrap(), f.is_open())).collect();
        assert_eq!(shown, [(7, false), (3, true), (4, true)]);
    }
}
