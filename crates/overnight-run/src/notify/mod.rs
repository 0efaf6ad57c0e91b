//! Who is told about a night: one message at its end, one at once when it is stuck, and a
//! ping while it lives.
//!
//! A [`Message`] goes to the ledger's outbox, once for each channel, before it is delivered.
//! The [`Courier`] delivers from there in a thread of its own, with its own connection and
//! short time limits: whatever happens to a network, the night neither waits nor fails.

mod answer;
mod channel;
mod courier;
mod error;
mod exec;
mod http;
mod message;
mod ntfy;
mod post;
mod slack;
mod summary;
mod webhook;

pub use answer::Answer;
pub use channel::{ChannelProblem, Channels};
pub use courier::{Courier, CourierSpec, FINISH_GRACE};
pub use error::DeliveryError;
pub(crate) use http::Http;
pub use message::{Message, MessageEvent, Priority};
pub use post::{Delivered, Posted, deliver_one, flush};
pub use summary::summary;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
