//! Chores of this repository that are programs: `cargo run -p xtask -- CHORE`.
#![expect(
    clippy::print_stdout,
    reason = "a chore's answer is what it prints; nothing depends on this binary"
)]

mod licences;
mod peers;
mod receipts;

use std::path::PathBuf;

use anyhow::bail;
use clap::Parser as _;

const USAGE: &str = "usage: cargo run -p xtask -- CHORE
  render-receipts [OUT]   render the example's receipts into OUT
                          [default: examples/receipts/data/receipts]
  licences                check every dependency's licence against deny.toml
  peers OPTIONS           measure our engine beside other programs (`peers --help`)";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["render-receipts"] => receipts::render(&root().join("examples/receipts/data/receipts")),
        ["render-receipts", out] => receipts::render(&PathBuf::from(out)),
        ["licences"] => licences::check(&root()),
        ["peers", ..] => peers::run(&root(), &peers::Options::parse_from(&arguments)),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown chore `{}`\n{USAGE}", words.join(" ")),
    }
}

/// The repository's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
