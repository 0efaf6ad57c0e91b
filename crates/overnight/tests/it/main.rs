//! The program as its users meet it: one file a verb.

mod doctor;
mod storage;
mod enhance;
mod bench;
mod structure;
mod init;
mod plan;
