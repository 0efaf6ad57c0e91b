//! Where a night works: a git worktree of its own, so that the user's checkout stays as it
//! is, byte for byte.
//!
//! The repository is driven through the `git` program. Commits are made from plumbing
//! (tree, commit, reference), so neither hooks nor signing nor an editor can stop a night,
//! and the branch only ever moves from the commit we know to the one we made.

mod adopt;
mod change;
mod checkout;
mod compose;
mod error;
mod git;
mod own_folder;
mod parts;
mod repository;
mod share;
mod unit;
mod untouched;
mod worktree;

pub use adopt::AdoptedCommit;
pub use change::{Change, DiffStat, Message};
pub use checkout::{CheckoutMark, differences};
pub(crate) use compose::Composer;
pub use error::WorkspaceError;
pub(crate) use git::{GIT_MARK, refusal};
pub use git::{Git, PATCH_FORM};
pub use own_folder::ensure_own_folder;
pub use parts::{Part, Parts};
pub use repository::Repository;
pub use unit::Unit;
pub use worktree::{Place, Workspace, branch_of, worktree_of};

#[cfg(test)]
mod tests;
