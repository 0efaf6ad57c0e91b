//! The plan document with byte spans, bindings, and the project's configuration.
//!
//! Everything here is text to values and text to text: reading a plan, ticking it, reading
//! `overnight.toml`. Nothing is executed and nothing is written to disk.

pub mod config;

pub use config::Config;
