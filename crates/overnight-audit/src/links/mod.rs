//! The audit of links: what a reader following them in a Markdown viewer would find.
//!
//! Links are read as CommonMark defines them, so that code, comments and front matter hold
//! none. This crate fetches nothing: links to other sites are passed over, or asked about
//! through what the binary hands in.

mod anchors;
mod destination;
mod history;
mod html;
mod judge;
mod page;
mod page_status;
mod relink;
mod repair;
mod run;
mod slug;
mod target;

pub use destination::Form;
pub use history::{History, LOG_FORMAT};
pub use page::{Link, Page, read_page};
pub use page_status::PageStatus;
pub use relink::{Move, relink};
pub use run::{LinksAudit, audit_links};
pub use slug::Slugs;
pub use target::{LocalTarget, Target};
