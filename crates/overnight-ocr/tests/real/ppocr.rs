//! PP-OCR with its real networks.

use super::*;

#[test]
fn ppocr_reads_a_rendered_receipt_nearly_without_error() {
    let test = "ppocr_reads_a_rendered_receipt_nearly_without_error";
    let Some(backend) = ppocr(test) else { return };
    let prediction = backend
        .recognize(&[input(&example("img/en-12.jpg"))])
        .remove(0);
    check_shape(&prediction);
    let timings = prediction.timings_ms;
    for stage in [
        timings.decode,
        timings.detect,
        timings.crop,
        timings.recognise,
        timings.post,
    ] {
        assert!(stage.is_some_and(|ms| ms >= 0.0), "{timings:?}");
    }
    let rate = error_rate(&prediction, &example("box/en-12.csv"));
    assert!(rate < 0.06, "CER {rate}: {}", prediction.text);
}

#[test]
fn a_receipt_turned_by_quarters_is_read_like_an_upright_one() {
    let test = "a_receipt_turned_by_quarters_is_read_like_an_upright_one";
    if ppocr(test).is_none() {
        return;
    }
    let turning = PpocrSpec {
        turn_lines: true,
        ..PpocrSpec::default()
    };
    let turning = load("turning", &BackendSpec::Ppocr(turning), &options()).expect("a backend");
    let mut sources = vec![(example("img/en-12.jpg"), example("box/en-12.csv"))];
    if let Some(real) = Shared::path(test, "data/receipts") {
        sources.push((real.join("img/367.jpg"), real.join("box/367.csv")));
    }
    for (path, boxes) in sources {
        let bytes = std::fs::read(&path).expect("an image file");
        let upright = decode(&bytes, &Limits::default()).expect("an image").image;
        let turns = [
            ("upright", upright.clone()),
            ("clockwise", image::imageops::rotate90(&upright)),
            ("on its head", image::imageops::rotate180(&upright)),
            ("anticlockwise", image::imageops::rotate270(&upright)),
        ];
        for (name, turned) in turns {
            let sample = ImageInput {
                source: ImageSource::Pixels(turned.into()),
                ..input(&path)
            };
            let prediction = turning.recognize(&[sample]).remove(0);
            check_shape(&prediction);
            let rate = error_rate(&prediction, &boxes);
            assert!(rate < 0.08, "{name}: CER {rate}: {}", prediction.text);
            // The corners begin where the text does. A character or two are hardly longer than
            // high, and stay as they lie.
            let is_long = |line: &&overnight_record::Line| line.text.chars().count() >= 5;
            let long = prediction.lines.iter().filter(is_long);
            let edges = long.map(|line| {
                let [a, b] = [line.polygon[0], line.polygon[1]];
                [b[0] - a[0], b[1] - a[1]]
            });
            let edges: Vec<[f32; 2]> = edges.collect();
            let runs_on = |[x, y]: &&[f32; 2]| match name {
                "upright" => *x > y.abs(),
                "clockwise" => *y > x.abs(),
                "on its head" => -x > y.abs(),
                _ => -y > x.abs(),
            };
            let (n_on, n) = (edges.iter().filter(runs_on).count(), edges.len());
            assert!(
                n_on * 100 >= n * 95 && n > 20,
                "{name}: {n_on} of {n} lines"
            );
        }
    }
}

#[test]
fn the_stages_apart_give_what_the_whole_gives() {
    let Some(backend) = ppocr("the_stages_apart_give_what_the_whole_gives") else {
        return;
    };
    let sample = input(&example("img/en-05.jpg"));
    let ImageSource::Encoded(bytes) = &sample.source else {
        unreachable!("made from a file")
    };
    let image = decode(bytes, &Limits::default()).expect("an image").image;
    let stages = backend.stages().expect("stages");
    let quads = stages.detect(std::slice::from_ref(&image)).expect("quads");
    let crops = stages.crop(&image, &quads[0]);
    let read = stages.read(&crops).expect("lines");
    assert_eq!((quads.len(), quads[0].len()), (1, read.len()));
    let mut apart: Vec<String> = read
        .into_iter()
        .filter(|line| line.confidence >= 0.5 && !line.text.trim().is_empty())
        .map(|line| line.text)
        .collect();
    let whole = backend.recognize(&[sample]).remove(0);
    let mut together: Vec<String> = whole.lines.into_iter().map(|line| line.text).collect();
    apart.sort();
    together.sort();
    assert_eq!(apart, together);
}

#[test]
fn a_whole_scan_of_35_megapixels_is_read() {
    let test = "a_whole_scan_of_35_megapixels_is_read";
    let Some(path) = Shared::path(test, "data/receipts/img/309.jpg") else {
        return;
    };
    let Some(backend) = ppocr(test) else { return };
    let prediction = backend.recognize(&[input(&path)]).remove(0);
    check_shape(&prediction);
    assert_eq!(prediction.status, PredictionStatus::Ok);
    let xs = prediction.lines.iter().flat_map(|line| &line.polygon);
    let rightmost = xs.map(|[x, _]| *x).fold(0.0, f32::max);
    assert!(
        (2000.0..=5400.0).contains(&rightmost),
        "places are in pixels of the original: {rightmost}"
    );
}

#[test]
fn odd_images_end_in_a_status_never_in_a_panic() {
    let test = "odd_images_end_in_a_status_never_in_a_panic";
    let Some(folder) = Shared::path(test, "data/odd_images") else {
        return;
    };
    let Some(backend) = ppocr(test) else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let sample = input(&path);
        let ImageSource::Encoded(bytes) = &sample.source else {
            unreachable!("made from a file")
        };
        let name = path.file_name().expect("a name").to_string_lossy();
        let decodes = decode(bytes, &Limits::default());
        // Large photographs prove nothing here that the receipts do not.
        let small = |image: &image::RgbImage| image.width() * image.height() < 1_200_000;
        if decodes.as_ref().is_ok_and(|decoded| !small(&decoded.image)) {
            continue;
        }
        let prediction = backend.recognize(&[sample]).remove(0);
        check_shape(&prediction);
        assert_eq!(
            prediction.status == PredictionStatus::Undecodable,
            decodes.is_err(),
            "{name}: {prediction:?}"
        );
        assert_ne!(prediction.status, PredictionStatus::Crashed, "{name}");
    }
}

#[test]
fn an_image_of_one_pixel_and_one_without_pixels() {
    let Some(backend) = ppocr("an_image_of_one_pixel_and_one_without_pixels") else {
        return;
    };
    let of = |width, height| ImageInput {
        id: "x".to_owned(),
        image: "x".to_owned(),
        sha256: String::new(),
        source: ImageSource::Pixels(image::RgbImage::new(width, height).into()),
    };
    let predictions = backend.recognize(&[of(1, 1), of(0, 5), of(3000, 2)]);
    let statuses: Vec<_> = predictions.iter().map(|p| p.status).collect();
    assert_eq!(
        statuses,
        [
            PredictionStatus::Empty,
            PredictionStatus::Undecodable,
            PredictionStatus::Empty
        ]
    );
}

#[test]
fn a_wrong_model_file_is_named_with_its_role() {
    let test = "a_wrong_model_file_is_named_with_its_role";
    if ppocr(test).is_none() {
        return;
    }
    let store = ModelStore::new(models_dir());
    let model = known_model("ppocrv6-small").expect("a known model");
    let swapped = PpocrSpec {
        detection: Some(store.path(model, &model.files[1])),
        ..PpocrSpec::default()
    };
    let error = load("mine", &BackendSpec::Ppocr(swapped), &options())
        .err()
        .expect("a recogniser is no detector");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(
        error
            .to_string()
            .contains("ppocrv6_rec.onnx is not a usable detection model"),
        "{error}"
    );
    let dictionary = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(dictionary.path(), "a\nb\nc\n").expect("a dictionary");
    let short = PpocrSpec {
        recogniser: RecogniserSpec {
            dictionary: Some(dictionary.path().to_owned()),
            ..RecogniserSpec::default()
        },
        ..PpocrSpec::default()
    };
    let error = load("mine", &BackendSpec::Ppocr(short), &options())
        .err()
        .expect("three characters are too few");
    assert!(error.to_string().contains("lists 3 characters"), "{error}");
}

#[test]
fn damaged_weights_are_not_used() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = LoadOptions {
        models_dir: dir.path().to_owned(),
        threads: Some(1),
    };
    let load = || {
        load("ppocr", &BackendSpec::Ppocr(PpocrSpec::default()), &options)
            .err()
            .expect("no weights")
    };
    let missing = load();
    assert_eq!(missing.exit_code(), ExitCode::Precondition);
    assert_eq!(
        missing.hint().as_deref(),
        Some("run `overnight models pull ppocrv6-small`")
    );
    let file = dir.path().join("ppocrv6-small/ppocrv6_det.onnx");
    std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    std::fs::write(&file, "half a download").expect("a file");
    let damaged = load();
    assert!(
        damaged.to_string().contains("is damaged") && damaged.to_string().contains("090f04ab"),
        "{damaged}"
    );
}
