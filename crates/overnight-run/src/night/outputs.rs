//! Folders steps save large files to: in the user's checkout, kept from git.

use super::{NightError, NightSpec};
use crate::workspace::{Repository, ensure_own_folder};

/// Makes the folders of `outputs`. One that git tracks a part of is left as it is: what is
/// written there belongs to the night's change, as `plan check` says.
pub(super) fn make_outputs(
    spec: &NightSpec<'_>,
    repository: &Repository,
) -> Result<(), NightError> {
    for output in &spec.config.workspace.outputs {
        if !repository.tracks(&repository.prefix.join(output))? {
            ensure_own_folder(&spec.project.join(output))?;
        }
    }
    Ok(())
}
