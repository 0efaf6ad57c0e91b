//! CLEval and bags of characters against values other tools computed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it is"
)]

use overnight_metrics::boxes::{
    Cleval, ClevalCounts, Hmean, Outline, Point, Relation, Splits, TextBox,
};
use overnight_metrics::unordered::BagCounts;
use overnight_testkit::Shared;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

fn reference(test: &str, file: &str) -> Option<Value> {
    let path = Shared::path(test, &format!("reference/{file}"))?;
    let bytes = std::fs::read(path).expect("a readable file");
    Some(serde_json::from_slice(&bytes).expect("valid JSON"))
}

fn boxes(list: &Value) -> Vec<TextBox> {
    let of = |item: &Value| {
        let quad: Vec<f64> = item["quad"]
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_f64().unwrap())
            .collect();
        let corner = |index: usize| [quad[2 * index], quad[2 * index + 1]];
        let outline = Outline::Quad([corner(0), corner(1), corner(2), corner(3)]);
        TextBox::new(outline, item["text"].as_str().unwrap())
    };
    list.as_array().unwrap().iter().map(of).collect()
}

#[track_caller]
fn assert_same(ours: &ClevalCounts, theirs: &Value, what: &str) {
    let rates = ours.rates();
    for (value, key) in [
        (rates.recall, "recall"),
        (rates.precision, "precision"),
        (rates.hmean, "hmean"),
        (ours.n_gt as f64, "num_char_gt"),
        (ours.n_det as f64, "num_char_det"),
        (ours.tp as f64, "num_char_tp_recall"),
        (ours.tp as f64, "num_char_tp_precision"),
        (ours.fp as f64, "num_char_fp"),
        (ours.granularity_recall as f64, "gran_score_recall"),
        (ours.granularity_precision as f64, "gran_score_precision"),
    ] {
        let expected = theirs[key].as_f64().unwrap();
        assert!(
            (value - expected).abs() < 1e-9,
            "{what}, {key}: {value}, not {expected}"
        );
    }
}

fn assert_same_splits(ours: &Splits, theirs: &Value, what: &str) {
    let expected = |key: &str| theirs[key].as_u64().unwrap();
    assert_eq!(
        (ours.n_split, ours.n_merged, ours.n_char_overlapped),
        (
            expected("num_splitted"),
            expected("num_merged"),
            expected("num_char_overlapped")
        ),
        "{what}"
    );
}

#[test]
fn cleval_agrees_with_the_published_program() {
    let test = "cleval_agrees_with_the_published_program";
    let Some(reference) = reference(test, "cleval_reference.json") else {
        return;
    };
    let (mut detection, mut end_to_end) = (ClevalCounts::default(), ClevalCounts::default());
    let mut splits = Splits::default();
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let cleval = Cleval {
            case_sensitive: case["args"]["CASE_SENSITIVE"].as_bool().unwrap_or(true),
            end_to_end: true,
        };
        let page = cleval.page(&boxes(&case["gt"]), &boxes(&case["det"]));
        let read = page.end_to_end.unwrap();
        assert_same(&page.detection, &case["det_stats"], id);
        assert_same(&read, &case["e2e_stats"], id);
        assert_same_splits(&page.splits, case, id);
        let matches: Vec<Value> = page
            .matches
            .iter()
            .map(|found| {
                let relation = match found.relation {
                    Relation::OneToOne => "one-to-one",
                    Relation::OneToMany => "one-to-many",
                    Relation::ManyToOne => "many-to-one",
                };
                serde_json::json!({"gt": found.gt, "det": found.det, "rel": relation})
            })
            .collect();
        assert_eq!(&Value::from(matches), &case["matches"], "{id}");
        detection += page.detection;
        end_to_end += read;
        splits += page.splits;
    }
    let all = &reference["all_cases_aggregate"];
    assert_same(&detection, &all["det"], "all");
    assert_same(&end_to_end, &all["e2e"], "all");
    assert_same_splits(&splits, all, "all");
}

#[test]
fn bags_of_characters_agree() {
    let Some(reference) = reference("bags_of_characters_agree", "cer_reference.json") else {
        return;
    };
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let text = |inline: &str, file: &str| match case[inline].as_str() {
            Some(text) => text.to_owned(),
            None => {
                let name = format!("reference/{}", case[file].as_str().unwrap());
                let path = Shared::path("bags_of_characters_agree", &name).expect("a text");
                std::fs::read_to_string(path).expect("UTF-8")
            }
        };
        let nfc = |text: String| text.nfc().collect::<String>();
        let counts =
            BagCounts::of_characters(&nfc(text("ref", "ref_file")), &nfc(text("hyp", "hyp_file")));
        let expected = case["tools"]["bag_of_chars_f1_nfc"].as_f64().unwrap();
        assert!((counts.f1() - expected).abs() < 1e-12, "{}", case["id"]);
        compared += 1;
    }
    assert_eq!(compared, 65);
}

/// Random pages, some with outlines that cross themselves and with many regions that are not
/// cared for, as other tools count them.
fn random_pages() -> Value {
    serde_json::from_str(include_str!("fixtures/boxes.json")).expect("valid JSON")
}

fn points(numbers: &Value) -> Vec<Point> {
    let numbers: Vec<f64> = numbers
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect();
    numbers.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn random_boxes(list: &Value, is_poly: bool) -> Vec<TextBox> {
    let of = |item: &Value| {
        let corners = points(&item[0]);
        let outline = if is_poly {
            Outline::Poly(corners)
        } else {
            Outline::Quad(corners.try_into().expect("four corners"))
        };
        TextBox::new(outline, item[1].as_str().unwrap())
    };
    list.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn random_pages_are_counted_as_other_tools_count_them() {
    let cleval = Cleval {
        case_sensitive: true,
        end_to_end: true,
    };
    let of = |counts: &ClevalCounts| {
        Value::from(vec![
            counts.n_gt,
            counts.n_det,
            counts.tp,
            counts.fp,
            counts.granularity_recall,
            counts.granularity_precision,
        ])
    };
    let mut n_icdar = 0;
    let fixture = random_pages();
    for (index, page) in fixture["pages"].as_array().unwrap().iter().enumerate() {
        let is_poly = page["poly"].as_bool().unwrap();
        let (gt, det) = (
            random_boxes(&page["gt"], is_poly),
            random_boxes(&page["det"], is_poly),
        );
        let ours = cleval.page(&gt, &det);
        let theirs = &page["cleval"];
        assert_eq!(of(&ours.detection), theirs["detection"], "page {index}");
        let read = ours.end_to_end.unwrap();
        assert_eq!(of(&read), theirs["end_to_end"], "page {index}");
        let splits = ours.splits;
        let splits = [splits.n_split, splits.n_merged, splits.n_char_overlapped];
        assert_eq!(
            Value::from(splits.to_vec()),
            theirs["splits"],
            "page {index}"
        );
        if page["icdar"].is_array() {
            let counts = Hmean::ICDAR_2015.page(&gt, &det).detection;
            let counts = Value::from(vec![counts.n_gt, counts.n_det, counts.tp]);
            assert_eq!(counts, page["icdar"], "page {index}");
            n_icdar += 1;
        }
    }
    assert!(n_icdar >= 20, "only {n_icdar} pages were compared");
}

#[test]
fn areas_of_polygons_with_notches_agree() {
    let fixture = random_pages();
    for pair in fixture["areas"].as_array().unwrap() {
        let outline = |key: &str| {
            let corners = pair[key].as_array().unwrap().iter();
            Outline::Poly(corners.flat_map(points).collect())
        };
        let (a, b) = (outline("a"), outline("b"));
        for (ours, key) in [
            (a.area(), "area"),
            (a.intersection(&b), "intersection"),
            (b.intersection(&a), "intersection"),
            (a.iou(&b), "iou"),
        ] {
            let theirs = pair[key].as_f64().unwrap();
            assert!((ours - theirs).abs() < 1e-9, "{key}: {ours}, not {theirs}");
        }
    }
}
