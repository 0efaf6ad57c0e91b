//! What a recogniser may answer, decoded: the text of the most probable classes, a share for its confidence.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| overnight_ocr::fuzzing::ctc(bytes));
