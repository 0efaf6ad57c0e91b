//! What a detector may answer, boxed: few boxes, near the map and clockwise.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| overnight_ocr::fuzzing::boxes(bytes));
