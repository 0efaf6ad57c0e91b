//! Signals, as a request to stop.

use std::fs;

use overnight_record::StopFlag;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Listens for Ctrl-C, SIGTERM and a closed terminal, and asks the work to stop.
///
/// A closed terminal is not listened for when the caller had it ignored (`nohup`): a night
/// must then outlive the terminal it was started from.
pub(crate) fn listen(stop: &StopFlag) {
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    match Signals::new(wanted) {
        Ok(mut signals) => {
            let stop = stop.clone();
            std::thread::spawn(move || {
                for _ in signals.forever() {
                    stop.request();
                }
            });
        }
        Err(error) => tracing::warn!("signals end the program at once: {error}"),
    }
}

/// Whether the process was started with the signal ignored (`SigIgn` of proc(5)).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_mask(&status).is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

fn ignored_mask(status: &str) -> Option<u64> {
    let hex = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(hex.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = "Name:\tcat\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n";
        assert_eq!(ignored_mask(status), Some(1), "the first bit is SIGHUP");
        assert_eq!(ignored_mask("Name:\tcat\n"), None);
    }
}
