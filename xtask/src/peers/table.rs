//! The bench for people.

use std::fmt::Write as _;

use super::arms::OURS;
use super::measure::Phase;
use super::record::{ArmRecord, Record};

/// Everything a reader needs beside the JSON document.
pub(super) fn render(record: &Record) -> String {
    let mut text = heading(record);
    text.push('\n');
    text.push_str(&speed(&record.arms));
    text.push('\n');
    text.push_str(&accuracy(&record.arms));
    text.push('\n');
    text.push_str(&programs(&record.arms));
    text.push_str(&notes(record));
    text
}

fn heading(record: &Record) -> String {
    let amount = &record.amount;
    let machine = &record.machine;
    let [before, after] = record.load_1m.map(|load| number(load, 1));
    format!(
        "{} images of {} ({} in all), {} rounds in chunks of {}, {} rounds one at a time\n\
         {}, processors {}, load average {before} before and {after} after, commit {}\n",
        record.dataset.n,
        record.dataset.path,
        record.dataset.n_total,
        amount.rounds,
        amount.chunk,
        amount.single_rounds,
        machine.cpu,
        record.cpus.as_ref().unwrap_or(&machine.cpus_allowed),
        record.commit,
    )
}

fn speed(arms: &[ArmRecord]) -> String {
    let ours: Vec<&str> = OURS
        .into_iter()
        .filter(|name| {
            arms.iter()
                .any(|arm| arm.name == *name && arm.ready.is_some())
        })
        .collect();
    let mut header: Vec<String> = ["arm", "img/s", "(rounds)", "CPU", "CPU s/img"]
        .map(str::to_owned)
        .to_vec();
    header.extend(ours.iter().map(|name| format!("{name} is")));
    let memory = ["MiB peak", "one", "chunk"];
    header.extend(["p50 ms", "p90 ms", "load s"].map(str::to_owned));
    header.extend(memory.map(str::to_owned));
    let mut rows = vec![header];
    for arm in arms {
        let Some(ready) = &arm.ready else {
            rows.push(missing(arm));
            continue;
        };
        let speed = arm.throughput.as_ref();
        let range = speed.map(|speed| speed.images_per_s);
        let mut row = vec![
            arm.name.to_owned(),
            number(range.map(|range| range.value), 2),
            range.map_or_else(dash, |r| format!("{:.2}..{:.2}", r.low, r.high)),
            number(speed.and_then(|speed| speed.cpu_load), 2),
            number(speed.and_then(|speed| speed.cpu_s_per_image), 2),
        ];
        row.extend(ours.iter().map(|name| {
            let faster = arm.ours_faster.get(name);
            let chunks = faster.and_then(|faster| faster.chunks);
            chunks.map_or_else(dash, |r| {
                format!("{:.2}x ({:.2}..{:.2})", r.value, r.low, r.high)
            })
        }));
        let latency = arm.latency.as_ref();
        let peaks = &arm.peak_rss_mib;
        row.extend([
            number(latency.map(|latency| latency.ms_p50), 0),
            number(latency.map(|latency| latency.ms_p90), 0),
            number(Some(ready.load_ms / 1e3), 2),
            number(peaks.values().copied().reduce(f64::max), 0),
            number(peaks.get(&Phase::Single).copied(), 0),
            number(peaks.get(&Phase::Chunk).copied(), 0),
        ]);
        rows.push(row);
    }
    aligned(1, &rows)
}

fn accuracy(arms: &[ArmRecord]) -> String {
    let header = [
        "arm",
        "CER %",
        "(95 %)",
        "failed as 1",
        "one by one",
        "- rapidocr",
        "(95 %)",
        "n",
        "empty",
        "failed",
        "differ",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for arm in arms {
        let Some(accuracy) = &arm.accuracy else {
            rows.push(missing(arm));
            continue;
        };
        let cer = &accuracy.score.cer;
        let paired = accuracy.against_rapidocr.as_ref();
        let points = |ends: Option<(f64, f64)>, signed: bool| {
            ends.map_or_else(dash, |(low, high)| {
                let (low, high) = (low * 100.0, high * 100.0);
                if signed {
                    format!("{low:+.2}..{high:+.2}")
                } else {
                    format!("{low:.2}..{high:.2}")
                }
            })
        };
        rows.push(vec![
            arm.name.to_owned(),
            number(cer.micro.map(|rate| rate * 100.0), 2),
            points(cer.interval.as_ref().map(|i| (i.low, i.high)), false),
            number(cer.failures_as_one.map(|rate| rate * 100.0), 2),
            number(accuracy.micro_single.map(|rate| rate * 100.0), 2),
            paired.map_or_else(dash, |paired| format!("{:+.2}", paired.difference * 100.0)),
            points(
                paired.and_then(|paired| paired.interval.as_ref().map(|i| (i.low, i.high))),
                true,
            ),
            accuracy.n_ok.to_string(),
            accuracy.n_empty.to_string(),
            accuracy.n_failed.to_string(),
            accuracy.n_differ.to_string(),
        ]);
    }
    aligned(1, &rows)
}

/// What each arm is: version, runtime, threads.
fn programs(arms: &[ArmRecord]) -> String {
    let header = ["arm", "version", "runtime", "its threads", "OS threads"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for arm in arms {
        rows.push(match &arm.ready {
            None => missing(arm),
            Some(ready) => vec![
                arm.name.to_owned(),
                ready.version.clone(),
                ready.runtime.clone(),
                ready.threads.clone(),
                arm.os_threads.map_or_else(dash, |n| n.to_string()),
            ],
        });
    }
    aligned(5, &rows)
}

fn notes(record: &Record) -> String {
    let mut text = String::new();
    for arm in record.arms.iter().filter(|arm| arm.ready.is_some()) {
        if let Some(failure) = &arm.failure {
            let _ = writeln!(text, "{} ended before its time: {failure}", arm.name);
        }
    }
    let _ = writeln!(
        text,
        "\nimg/s and CER are of the pass in chunks, p50 and p90 of the pass one at a time\n\
         CER is micro over the n samples with text: {}\n\
         waiting arms used {} processors on average; MiB is peak resident memory\n\
         every measurement and the weights' SHA-256 are in the JSON document",
        record.profile,
        number(record.idle_cpu_load, 3),
    );
    if record.load_1m[0].is_some_and(|load| load > 0.5) {
        text.push_str(
            "the machine was not idle at the beginning: ratios may hold, absolute times do not\n",
        );
    }
    text
}

fn missing(arm: &ArmRecord) -> Vec<String> {
    let reason = arm.failure.as_deref().unwrap_or("not started");
    vec![arm.name.to_owned(), format!("not available: {reason}")]
}

fn dash() -> String {
    "-".to_owned()
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(dash, |value| format!("{value:.digits$}"))
}

/// Columns two spaces apart, the first `n_left` aligned left. A row shorter than the header
/// is a remark: it widens no column.
fn aligned(n_left: usize, rows: &[Vec<String>]) -> String {
    let n = rows.first().map_or(0, Vec::len);
    let full = rows.iter().filter(|row| row.len() == n);
    let widths: Vec<usize> = (0..n)
        .map(|column| {
            let first = rows.iter().filter(|_| column == 0);
            let cells = full
                .clone()
                .chain(first)
                .map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let left = column < n_left || row.len() < n;
            let width = if row.len() < n && column > 0 {
                0
            } else {
                widths[column]
            };
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if left {
                ("", pad.as_str())
            } else {
                (pad.as_str(), "")
            };
            let _ = write!(line, "{before}{cell}{after}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_widens_no_column() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows: Vec<Vec<String>> = vec![
            row(&["arm", "img/s"]),
            row(&["rapidocr", "0.45"]),
            row(&["x"]),
        ];
        assert_eq!(aligned(1, &rows), "arm       img/s\nrapidocr   0.45\nx\n");
        let rows = vec![
            row(&["arm", "img/s", "ms"]),
            row(&["a", "1.00", "5"]),
            row(&["b", "not available: it has no library"]),
        ];
        assert_eq!(
            aligned(1, &rows),
            "arm  img/s  ms\na     1.00   5\nb    not available: it has no library\n"
        );
    }
}
