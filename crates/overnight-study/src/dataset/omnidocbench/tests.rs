//! Pages as they are annotated, and as they should not be.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A page with everything that has a rule of its own.
fn page() -> Value {
    json!({
        "layout_dets": [
            {"category_type": "text_block", "order": 3, "anno_id": 4, "text": "runs on", "poly": [1.0]},
            {"category_type": "header", "order": null, "anno_id": 0, "text": "HEADER"},
            {"category_type": "title", "order": 0, "anno_id": 1, "ignore": false, "text": "# A *title*"},
            {"category_type": "text_block", "order": 1, "anno_id": 2, "text": "a paragraph that"},
            {"category_type": "table", "order": 4, "anno_id": 5,
             "html": "<table><tr><td>a</td><td></td><td>$\\le 5$</td></tr><tr><td>b</td></tr></table>"},
            {"category_type": "equation_isolated", "order": 5, "anno_id": 6, "latex": "$$x^2 = 4$$"},
            {"category_type": "figure", "order": 2, "anno_id": 3, "text": ""},
            {"category_type": "text_block", "order": 6, "anno_id": 7, "ignore": true, "text": "IGNORED"},
            {"category_type": "text_mask", "order": 7, "anno_id": 8, "text": "MASKED"},
            {"category_type": "page_number", "anno_id": 9, "text": "7"},
            {"category_type": "text_block", "order": 8, "anno_id": 10,
             "merge_list": [{"text": "first"}, {"text": "second $\\frac{1}{2}$"}]},
            {"category_type": "text_block", "order": 9, "anno_id": 11, "text": "한 줄\n两行"},
            {"category_type": "text_block", "order": 10, "anno_id": 12, "text": "三"}
        ],
        "page_info": {
            "image_path": "a.jpg",
            "page_attribute": {"language": "French", "layout": "single_column"}
        },
        "extra": {"relation": [
            {"source_anno_id": 2, "target_anno_id": 4, "relation_type": "truncated"},
            {"source_anno_id": 12, "target_anno_id": 11, "relation_type": "truncated"},
            {"source_anno_id": 5, "target_anno_id": 1, "relation_type": "parent_son"},
            {"source_anno_id": 2, "target_anno_id": 99, "relation_type": "truncated"},
            {"source_anno_id": 2, "target_anno_id": 5, "relation": "parent_son"}
        ]}
    })
}

fn named(image: &str) -> Value {
    json!({"layout_dets": [], "page_info": {"image_path": image}})
}

fn load_text(text: &str) -> Result<Vec<Sample>, String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("gt.json"), text).unwrap();
    load(dir.path()).map_err(|error| {
        let error = error.to_string();
        error.split("gt.json").last().unwrap().to_owned()
    })
}

#[test]
fn a_page_is_the_text_of_its_elements_in_order() {
    let samples = load_text(&json!([page()]).to_string()).unwrap();
    let expected = "# A *title*\na paragraph that runs on\na ≤5\nb\nx2 = 4\nfirst\nsecond 1/2\n\
                    한 줄\n两行三";
    assert_eq!(samples[0].reference.as_deref(), Some(expected));
    assert_eq!(samples[0].id, "a");
    assert_eq!(samples[0].language.as_deref(), Some("french"));
}

#[test]
fn images_are_found_in_the_usual_places() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let pages = json!([
        named("x/a.jpg"),
        named("b.PNG"),
        named("c.png"),
        named("gone.png")
    ]);
    fs::write(root.join("OmniDocBench.json"), pages.to_string()).unwrap();
    fs::create_dir_all(root.join("images/x")).unwrap();
    for image in ["images/x/a.jpg", "images/b.PNG", "c.png"] {
        fs::write(root.join(image), "").unwrap();
    }
    let images = |path: &Path| -> Vec<String> {
        let samples = load(path).unwrap();
        assert!(samples.iter().all(|s| s.path == root.join(&s.image)));
        samples.into_iter().map(|sample| sample.image).collect()
    };
    let expected = ["images/x/a.jpg", "images/b.PNG", "c.png", "images/gone.png"];
    assert_eq!(images(root), expected);
    assert_eq!(images(&root.join("OmniDocBench.json")), expected);

    fs::write(root.join("more.json"), "[]").unwrap();
    let error = load(root).unwrap_err().to_string();
    assert!(error.contains("OmniDocBench.json, more.json"), "{error}");
    fs::write(root.join("gt.json"), "[]").unwrap();
    assert_eq!(load(root).unwrap(), []);
    assert_eq!(load(&root.join("images")).unwrap(), []);
}

#[test]
fn ids_are_stems_as_long_as_these_tell_images_apart() {
    let ids = |paths: &[&str]| super::ids(paths);
    assert_eq!(
        ids(&["p/a.jpg", "b.jpg", "b.png", "1/c.jpg", "2/c.jpg", "A.JPEG"]).unwrap(),
        ["a", "b.jpg", "b.png", "1/c.jpg", "2/c.jpg", "A"]
    );
    let twice = ids(&["a.jpg", "a.jpg"]).unwrap_err();
    assert_eq!(twice, "page 1: the image `a.jpg` has several pages");
    assert_eq!(
        ids(&["a", "x/"]).unwrap_err(),
        "page 2 names no image: `x/`"
    );
}

#[test]
fn what_is_malformed_is_named_with_its_place() {
    for (text, reason) in [
        ("", " line 1: "),
        ("{}", "invalid type: map, expected a sequence (column 0)"),
        ("[\n{\"layout_dets\": []}]", " line 2: "),
        (
            "[\n{\"layout_dets\": []}]",
            "missing field `page_info` (column 19)",
        ),
        ("[{\"layout_dets\": [{}]}]", "missing field `category_type`"),
        (
            "[{\"layout_dets\": [{\"category_type\": \"title\", \"order\": \"1\"}]}]",
            "expected f64",
        ),
        ("[{\"layout_dets\": [],", "EOF"),
    ] {
        let error = load_text(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever was done to a file, it is samples or an error that names it.
    #[test]
    fn no_file_makes_it_panic(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(vec![
                "", "null", "1", "-1", "1e400", "\"x\"", "[]", "{}", ",", "}", "]", "\"", "true",
                "$", "<table>", "\\u0000", "\\",
            ])),
            0..4,
        )
    ) {
        let mut text = json!([page(), named("b.jpg")]).to_string();
        for (at, length, instead) in changes {
            let at = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((at + length).min(text.len()));
            text.replace_range(at..end, instead);
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("gt.json");
        fs::write(&file, &text).unwrap();
        match load(dir.path()) {
            Ok(samples) => prop_assert!(samples.iter().all(|sample| sample.reference.is_some())),
            Err(error) => prop_assert!(error.to_string().contains("gt.json"), "{}", error),
        }
    }
}
