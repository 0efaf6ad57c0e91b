//! The program as its users meet it: one file a verb.

mod doctor;
mod structure;
