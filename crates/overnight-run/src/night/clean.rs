//! Facts without secrets: what commands said enters the ledger through here.

use std::borrow::Cow;

use overnight_record::EventKind;

use crate::ledger::Settled;
use crate::secrets::Redactor;

/// The fact with every text that may come from a command, a tool or a person cleaned.
pub(super) fn clean(mut kind: EventKind, redactor: &Redactor) -> EventKind {
    let wipe = |text: &mut String| {
        if let Cow::Owned(clean) = redactor.redact(text) {
            *text = clean;
        }
    };
    match &mut kind {
        EventKind::StepStarted { command, .. } => wipe(command),
        EventKind::StepFinished { reason, next, .. } => {
            reason.iter_mut().for_each(wipe);
            next.iter_mut().for_each(wipe);
        }
        EventKind::GateChecked { gate, .. } => wipe(gate),
        EventKind::ChangeCommitted { subject, .. } => wipe(subject),
        EventKind::ChangeRolledBack { reason, .. } | EventKind::NightPaused { reason } => {
            wipe(reason);
        }
        EventKind::CriterionChecked { evidence, .. } => wipe(evidence),
        EventKind::Noted { text } => wipe(text),
        EventKind::RunStarted
        | EventKind::RunResumed { .. }
        | EventKind::RetryPlanned { .. }
        | EventKind::NightContinued { .. }
        | EventKind::ClockJumped { .. }
        | EventKind::TaskTicked { .. }
        | EventKind::ReportWritten { .. }
        | EventKind::RunFinished { .. } => {}
    }
    kind
}

/// The end of a step, likewise.
pub(super) fn clean_end(settled: &Settled, redactor: &Redactor) -> Settled {
    let clean = |text: &String| redactor.redact(text).into_owned();
    Settled {
        reason: settled.reason.as_ref().map(clean),
        next: settled.next.as_ref().map(clean),
        ..settled.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;

    #[test]
    fn what_a_command_said_loses_its_secrets_and_nothing_else() {
        let (redactor, _) = Redactor::new([Secret {
            name: "KEY".to_owned(),
            value: "correct-horse".to_owned(),
        }]);
        let said = "tried correct-horse twice";
        let noted = clean(
            EventKind::Noted {
                text: said.to_owned(),
            },
            &redactor,
        );
        let text = "tried [secret] twice".to_owned();
        assert_eq!(noted, EventKind::Noted { text });
        let finished = EventKind::RunFinished {
            outcome: overnight_record::RunOutcome::Complete,
        };
        assert_eq!(clean(finished.clone(), &redactor), finished);
    }
}
