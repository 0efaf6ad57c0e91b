//! The real Tesseract.

use std::ops::ControlFlow;

use super::*;

#[test]
fn tesseract_reads_a_rendered_receipt_and_finds_nothing_on_blank_paper() {
    let test = "tesseract_reads_a_rendered_receipt_and_finds_nothing_on_blank_paper";
    let Some(backend) = tesseract(test, TesseractSpec::default()) else {
        return;
    };
    let blank = ImageInput {
        id: "blank".to_owned(),
        image: "blank".to_owned(),
        sha256: String::new(),
        source: ImageSource::Pixels(
            image::RgbImage::from_pixel(400, 300, image::Rgb([255; 3])).into(),
        ),
    };
    let broken = ImageInput {
        source: ImageSource::Encoded(b"no image".as_slice().into()),
        ..blank.clone()
    };
    let predictions = backend.recognize(&[input(&example("img/en-02.jpg")), blank, broken]);
    predictions.iter().for_each(check_shape);
    let statuses: Vec<_> = predictions.iter().map(|p| p.status).collect();
    assert_eq!(
        statuses,
        [
            PredictionStatus::Ok,
            PredictionStatus::Empty,
            PredictionStatus::Undecodable
        ]
    );
    assert!(backend.info().runtime.starts_with("tesseract "));
    assert_eq!(backend.info().models.len(), 1, "{:?}", backend.info());
}

/// Receipts of the example with a file that is no image in their middle.
fn a_batch_with_a_broken_image() -> Vec<ImageInput> {
    let mut batch: Vec<ImageInput> = ["en-01", "en-02", "en-03", "en-04", "en-06", "en-07"]
        .map(|name| input(&example(&format!("img/{name}.jpg"))))
        .into();
    batch[2].source = ImageSource::Encoded(b"no image".as_slice().into());
    batch
}

#[test]
fn tesseract_hands_over_each_image_when_it_is_read() {
    let test = "tesseract_hands_over_each_image_when_it_is_read";
    let Some(backend) = tesseract_on(Some(1), test, TesseractSpec::default()) else {
        return;
    };
    let batch = &a_batch_with_a_broken_image()[..4];
    let mut handed = Vec::new();
    backend.recognize_each(batch, &mut |index, prediction| {
        handed.push((index, prediction, Instant::now()));
        ControlFlow::Continue(())
    });
    for (place, (index, prediction, at)) in handed.iter().enumerate() {
        assert_eq!((*index, &prediction.id), (place, &batch[place].id));
        check_shape(prediction);
        // Its reading lies between the hand-over before and its own.
        if place > 0 {
            let waited = at.duration_since(handed[place - 1].2);
            let took = Duration::from_secs_f64(prediction.timings_ms.total / 1000.0);
            assert!(waited >= took, "{index} was handed over late: {waited:?}");
        }
    }
    let statuses: Vec<_> = handed.iter().map(|(_, p, _)| p.status).collect();
    use PredictionStatus::{Ok, Undecodable};
    assert_eq!(statuses, [Ok, Ok, Undecodable, Ok]);
    let at_once = backend.recognize(batch);
    let text = |p: &Prediction| (p.id.clone(), p.status, p.text.clone(), p.lines.clone());
    let one_by_one: Vec<_> = handed.iter().map(|(_, p, _)| text(p)).collect();
    assert_eq!(at_once.iter().map(text).collect::<Vec<_>>(), one_by_one);
}

#[test]
fn tesseract_begins_no_image_after_a_break() {
    let test = "tesseract_begins_no_image_after_a_break";
    let batch = a_batch_with_a_broken_image();
    for (threads, last) in [(1, 2), (2, 3)] {
        let Some(backend) = tesseract_on(Some(threads), test, TesseractSpec::default()) else {
            return;
        };
        let mut handed = Vec::new();
        backend.recognize_each(&batch, &mut |index, _| {
            handed.push(index);
            match handed.len() < last {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        // What the other process had begun is handed over as well.
        assert!((last..last + threads).contains(&handed.len()), "{handed:?}");
        handed.sort_unstable();
        handed.dedup();
        assert!(handed.len() >= last && handed.iter().all(|index| *index < last + threads));
    }
}

#[test]
fn a_tesseract_that_takes_too_long_is_a_timeout() {
    let test = "a_tesseract_that_takes_too_long_is_a_timeout";
    let spec = TesseractSpec {
        timeout: Duration::from_millis(1),
        ..TesseractSpec::default()
    };
    let Some(backend) = tesseract(test, spec) else {
        return;
    };
    let prediction = backend
        .recognize(&[input(&example("img/en-12.jpg"))])
        .remove(0);
    assert_eq!(prediction.status, PredictionStatus::Timeout);
    check_shape(&prediction);
}

#[test]
fn a_language_that_is_not_installed_names_its_package() {
    let test = "a_language_that_is_not_installed_names_its_package";
    if tesseract(test, TesseractSpec::default()).is_none() {
        return;
    }
    let spec = TesseractSpec {
        languages: "eng+tlh_vert".to_owned(),
        ..TesseractSpec::default()
    };
    let error = load("t", &BackendSpec::Tesseract(spec), &options())
        .err()
        .expect("no Klingon");
    assert_eq!(error.exit_code(), ExitCode::Precondition);
    assert_eq!(
        error.hint().as_deref(),
        Some("apt-get install tesseract-ocr-tlh-vert")
    );
}
