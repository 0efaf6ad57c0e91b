//! The program as its users meet it: one file a verb.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it is"
)]

mod agent;
mod audit_code;
mod audit_docs;
mod audit_docs_fixes;
mod audit_docs_moves;
mod audit_docs_presets;
mod audit_links;
mod bench;
mod compare;
mod demo;
mod doctor;
mod documents;
mod enhance;
mod faults;
mod few;
mod infer;
mod infer_memory;
mod infer_outputs;
mod init;
mod intake;
mod key_values;
mod models;
mod night_crash;
mod night_project;
mod notify;
mod plan;
mod preflight;
mod report;
mod run;
mod runs;
mod runs_many;
mod runs_part;
mod salvage;
mod schedule;
mod score;
mod score_boxes;
mod score_recomputed;
mod score_reference;
mod small_disk;
mod storage;
mod structure;
mod vlm;
mod watch;
mod worker;
mod worker_faults;
