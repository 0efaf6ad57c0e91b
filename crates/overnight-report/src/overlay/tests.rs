//! Sheets and the list, read back by an XML parser that is not ours.

use overnight_record::{DrawnSample, Line, Prediction, PredictionStatus, TimingsMs};

use super::*;

fn prediction(lines: Vec<Line>) -> Prediction {
    Prediction {
        id: "r <1>".to_owned(),
        image: "img/r.jpg".to_owned(),
        image_sha256: "00".to_owned(),
        backend: "ppocr".to_owned(),
        fingerprint: "f".to_owned(),
        status: PredictionStatus::Ok,
        text: lines
            .iter()
            .map(|l| l.text.as_str())
            .collect::<Vec<_>>()
            .join("\n"),
        lines,
        timings_ms: TimingsMs {
            total: 1234.5,
            ..TimingsMs::default()
        },
        usage: None,
        attempts: 1,
        error: None,
        notes: Vec::new(),
        finish_reason: None,
        raw: None,
        fields: Default::default(),
        attempt_log: Vec::new(),
    }
}

fn line(text: &str, [x, y]: [f32; 2], confidence: Option<f32>) -> Line {
    Line {
        polygon: vec![[x, y], [x + 100.0, y], [x + 100.0, y + 20.0], [x, y + 20.0]],
        text: text.to_owned(),
        confidence,
    }
}

const PICTURE: Picture<'static> = Picture {
    jpeg: &[0xff, 0xd8, 0xff, 0xe0],
    width: 1000,
    height: 3200,
};

/// Texts of the drawing's right half, with their attributes by name.
fn texts<'a>(svg: &'a roxmltree::Document<'a>) -> Vec<roxmltree::Node<'a, 'a>> {
    svg.descendants()
        .filter(|node| {
            node.attribute("class")
                .is_some_and(|class| class.starts_with("l "))
        })
        .flat_map(|group| group.children())
        .filter(|node| node.has_tag_name("text"))
        .collect()
}

#[test]
fn boxes_lie_on_the_image_and_texts_beside_it() {
    let lines = vec![
        line("영수증", [100.0, 200.0], Some(0.99)),
        line("2.50", [800.0, 200.0], Some(0.8)),
        line("?", [100.0, 400.0], Some(0.5)),
        line("no idea", [100.0, 600.0], None),
    ];
    let svg = sheet(&prediction(lines), Some(&PICTURE));
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let image = parsed
        .descendants()
        .find(|n| n.has_tag_name("image"))
        .unwrap();
    // Half of its size: 3200 pixels become 1600.
    assert_eq!(image.attribute("width"), Some("500.0"));
    assert_eq!(image.attribute("height"), Some("1600.0"));
    assert_eq!(
        image.attribute("href"),
        Some("data:image/jpeg;base64,/9j/4A==")
    );
    let groups: Vec<_> = parsed
        .descendants()
        .filter(|n| n.has_tag_name("g"))
        .map(|n| n.attribute("class").unwrap())
        .collect();
    assert_eq!(groups, ["l sure", "l fair", "l weak", "l none"]);
    let first = parsed
        .descendants()
        .find(|n| n.has_tag_name("polygon"))
        .unwrap();
    // (100, 200) is (50, 100) in the drawing, right of the margin and below the heading.
    assert!(
        first
            .attribute("points")
            .unwrap()
            .starts_with("66.0,192.0 116.0,192.0 ")
    );
    let texts = texts(&parsed);
    assert_eq!(texts[0].text(), Some("영수증"));
    let y = |index: usize| texts[index].attribute("y").unwrap();
    assert_eq!(y(0), y(1), "texts of a row stand at one height");
    assert!(svg.contains("<title>1: 영수증\nconfidence 0.990</title>"));
    assert!(svg.contains("no confidence</title>"));
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "</text><script>alert(1)</script>\u{0}\u{1b}[2J\u{202e}\u{ffff}&\"'";
    let mut hostile_one = prediction(vec![line(hostile, [0.0, 0.0], Some(0.9))]);
    hostile_one.id = hostile.to_owned();
    hostile_one.error = Some(hostile.to_owned());
    hostile_one.notes = vec![hostile.to_owned()];
    let svg = sheet(&hostile_one, Some(&PICTURE));
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    assert!(!parsed.descendants().any(|node| node.has_tag_name("script")));
    let text = texts(&parsed)[0].text().unwrap();
    assert!(
        text.starts_with("</text><script>alert(1)</script>"),
        "{text}"
    );
    assert!(
        !text.contains(['\u{0}', '\u{1b}', '\u{202e}', '\u{ffff}']),
        "{text}"
    );
    let entry = DrawnSample {
        id: hostile.to_owned(),
        file: Some("a\"b.svg".to_owned()),
        status: PredictionStatus::Ok,
        n_lines: 1,
        confidence: Some(0.5),
        weakest: Some((0.5, hostile.to_owned())),
        ms: 1.0,
        says: hostile.to_owned(),
    };
    let heading = Heading {
        dataset: hostile,
        backend: "b",
        runtime: hostile,
        n_left: 0,
    };
    let page = index(&heading, &[entry]).unwrap();
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("a\"b.svg"), "{page}");
}

#[test]
fn lines_without_a_place_are_listed() {
    let mut answer = prediction(Vec::new());
    answer.text = "one\ntwo".to_owned();
    let svg = sheet(&answer, Some(&PICTURE));
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let listed: Vec<_> = texts(&parsed).iter().map(|n| n.text().unwrap()).collect();
    assert_eq!(listed, ["one", "two"]);
    assert!(!parsed.descendants().any(|n| n.has_tag_name("polygon")));
    // Some with a place and one without: it comes below the others.
    let mut odd = line("nowhere", [0.0, 0.0], Some(0.9));
    odd.polygon = vec![[f32::INFINITY, 0.0]; 4];
    let svg = sheet(
        &prediction(vec![line("here", [0.0, 0.0], None), odd]),
        Some(&PICTURE),
    );
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let y = |index: usize| -> f32 {
        texts(&parsed)[index]
            .attribute("y")
            .unwrap()
            .parse()
            .unwrap()
    };
    assert!(y(1) > 1600.0 && y(0) < 200.0);
}

#[test]
fn an_image_of_any_size_is_drawn() {
    for (width, height) in [(1, 1), (20, 10), (7000, 5000), (200_000, 1), (0, 0)] {
        let picture = Picture {
            width,
            height,
            ..PICTURE
        };
        let svg = sheet(
            &prediction(vec![line("x", [0.0, 0.0], Some(0.9))]),
            Some(&picture),
        );
        let parsed = roxmltree::Document::parse(&svg).unwrap();
        let size = |name| -> f32 {
            parsed
                .root_element()
                .attribute(name)
                .unwrap()
                .parse()
                .unwrap()
        };
        assert!((800.0..1900.0).contains(&size("width")), "{width}x{height}");
        assert!(size("height") < 1800.0, "{width}x{height}");
    }
    let svg = sheet(&prediction(vec![line("x", [50.0, 50.0], Some(0.9))]), None);
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    assert!(!parsed.descendants().any(|n| n.has_tag_name("image")));
}

#[test]
fn the_list_names_what_failed() {
    let entry = |id: &str, file: Option<&str>, status, says: &str| DrawnSample {
        id: id.to_owned(),
        file: file.map(str::to_owned),
        status,
        n_lines: 0,
        confidence: None,
        weakest: None,
        ms: 0.0,
        says: says.to_owned(),
    };
    let heading = Heading {
        dataset: "few",
        backend: "ppocr",
        runtime: "rten 0.27.0",
        n_left: 3,
    };
    let entries = [
        entry(
            "bad",
            None,
            PredictionStatus::Undecodable,
            "the file is empty",
        ),
        entry("good", Some("good.svg"), PredictionStatus::Ok, "TOTAL 2.50"),
    ];
    let page = index(&heading, &entries).unwrap();
    assert!(page.contains("2 samples, 1 without text, 3 not drawn yet"));
    assert!(page.contains("<a href=\"good.svg\"><bdi>good</bdi></a>"));
    assert!(page.contains("<td><bdi>bad</bdi></td><td class=\"bad\">undecodable</td>"));
    assert!(page.contains("the file is empty"));
}
