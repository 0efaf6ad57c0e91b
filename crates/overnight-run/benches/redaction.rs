//! How fast the output of steps is looked through for secrets.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use overnight_run::secrets::{RedactedStream, Redactor, Secret};

fn main() {
    divan::main();
}

const LINES: &[&str] = &[
    "2026-11-23T22:14:03Z INFO  ocr.batch: read 128 images in 12.4 s (10.3 images/s), 0 failed",
    "  File \"/srv/project/.venv/lib/python3.12/site-packages/torch/nn/modules/module.py\", line 1511",
    "src/ocr/postprocess.py:42:13: E501 line too long (103 > 100 characters)",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b: task-4.2 risk of overflow in https://example.org/a",
    "{\"id\": \"X51005255805\", \"status\": \"ok\", \"cer\": 0.0123, \"text\": \"합계 12,300원\"}",
    "step 1200/5000 loss=0.0312 lr=3.0e-04 tokens/s=18234 mem=14.2GiB",
];

fn log(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 200);
    for line in LINES.iter().cycle() {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
        if text.len() >= bytes {
            return text;
        }
    }
    text
}

/// A redactor that knows `count` values.
fn redactor(count: usize) -> Redactor {
    let secrets = (0..count).map(|at| Secret {
        name: format!("KEY_{at}"),
        value: format!("{at}-correct/horse+battery \"staple\" {at}"),
    });
    Redactor::new(secrets).0
}

#[divan::bench(args = [0, 5, 50])]
fn ordinary_log_in_chunks(bencher: Bencher<'_, '_>, values: usize) {
    let redactor = redactor(values);
    let log = log(4 << 20);
    bencher.counter(BytesCount::of_slice(&log)).bench_local(|| {
        let mut stream = RedactedStream::new(redactor.clone());
        let mut out = Vec::with_capacity(64 << 10);
        for chunk in log.chunks(32 << 10) {
            stream.push(chunk, &mut out);
            black_box(&out);
            out.clear();
        }
        stream.finish(&mut out);
        out.len()
    });
}

#[divan::bench(args = [0, 5, 50])]
fn whole_text(bencher: Bencher<'_, '_>, values: usize) {
    let redactor = redactor(values);
    let log = log(4 << 20);
    bencher
        .counter(BytesCount::of_slice(&log))
        .bench_local(|| black_box(redactor.redact_bytes(black_box(&log))).len());
}
