//! What Tesseract may print, read: lines with a place and a confidence, or a reason.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| overnight_ocr::fuzzing::tsv(bytes));
