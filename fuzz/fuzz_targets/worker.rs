//! What a worker may say: a hello, answers, anything else; every image of a request ends once.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| overnight_ocr::fuzzing::worker(bytes));
