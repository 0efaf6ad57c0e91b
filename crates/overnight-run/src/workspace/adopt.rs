//! Commits of the night that the ledger does not know.

use overnight_record::{RunId, StepId};

use super::{DiffStat, Workspace, WorkspaceError};

/// A commit of the night that the ledger did not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedCommit {
    /// Full id.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// The step that made the change.
    pub step: Option<StepId>,
    /// Which try of the step made it.
    pub attempt: Option<u32>,
    /// How much of the step's change it is, in words; `None` for all of it.
    pub part: Option<String>,
    /// How much it changed.
    pub stat: DiffStat,
}

impl Workspace {
    /// Commits of this run that follow the commit the night stands on, oldest first;
    /// the night then stands on the last of them. A runner that died between
    /// making a commit and writing it down leaves such a one.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn adopt_commits(&mut self, run: &RunId) -> Result<Vec<AdoptedCommit>, WorkspaceError> {
        let end = match &self.branch {
            Some(branch) => format!("refs/heads/{branch}"),
            None => "HEAD".to_owned(),
        };
        let range = format!("{}..{end}", self.tip);
        let format = "--format=%H%x1f%P%x1f%s%x1f%(trailers:key=Overnight-Run,valueonly,separator=)\
                      %x1f%(trailers:key=Overnight-Step,valueonly,separator=)\
                      %x1f%(trailers:key=Overnight-Attempt,valueonly,separator=)\
                      %x1f%(trailers:key=Overnight-Part,valueonly,separator=)";
        let log = self.git.text(
            "read the night's commits",
            &["log", "--reverse", "--topo-order", format, &range],
        )?;
        let mut adopted = Vec::new();
        for line in log.lines() {
            let fields: Vec<&str> = line.split('\x1f').collect();
            let [id, parents, subject, of_run, step, attempt, part] = fields[..] else {
                break;
            };
            if parents != self.tip || of_run != run.as_str() {
                break;
            }
            adopted.push(AdoptedCommit {
                stat: self.stat(&self.tip, id)?,
                id: id.to_owned(),
                subject: subject.to_owned(),
                step: step.parse().ok(),
                attempt: attempt.parse().ok(),
                part: (!part.is_empty()).then(|| part.to_owned()),
            });
            self.tip = id.to_owned();
        }
        if !self.is_worktree {
            // In place, what follows are commits of the user's own.
            self.tip = self
                .git
                .text("read the last commit", &["rev-parse", "HEAD"])?;
        }
        Ok(adopted)
    }
}
