//! The audit of links: what a reader following them in a Markdown viewer would find.
//!
//! Links are read as CommonMark defines them, so that code, comments and front matter hold
//! none. Nothing is fetched: links to other sites are passed over.

mod anchors;
mod destination;
mod history;
mod html;
mod judge;
mod page;
mod relink;
mod repair;
mod run;
mod slug;
mod target;

pub use destination::Form;
pub use history::{History, LOG_FORMAT};
pub use page::{Link, Page, read_page};
pub use relink::{Move, relink};
pub use run::{LinksAudit, audit_links};
pub use slug::Slugs;
pub use target::{LocalTarget, Target};
