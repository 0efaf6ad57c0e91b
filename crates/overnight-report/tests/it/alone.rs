//! An inference and a score by themselves: what they show, and what old ones leave out.

use serde_json::{Value, json};

use crate::gap::{markdown, section};
use crate::studies::{infer, ppocr, tesseract};
use crate::{gap_night, run_folder::RunFolder};

/// What the page and the Markdown say of one study: from its title to the next one's.
fn study(night: &RunFolder, title: &str) -> [String; 2] {
    let section = section(night);
    let (_, of_page) = section.split_once(&format!("<h3>{title}")).unwrap();
    let markdown = markdown(night);
    let (_, of_markdown) = markdown.split_once(&format!("\n## {title}")).unwrap();
    [
        of_page.split("</article>").next().unwrap().to_owned(),
        of_markdown.split("\n## ").next().unwrap().to_owned(),
    ]
}

/// How often each title heads a part of `text`.
fn titles(text: &str, mark: &str, titles: &[&str]) -> Vec<usize> {
    let count = |title| text.matches(&format!("{mark}{title}")).count();
    titles.iter().map(count).collect()
}

/// Takes `fields` out of a result and its profiles; lists that were always there are emptied.
fn without(result: &mut Value, fields: &[&str]) {
    let object = result.as_object_mut().unwrap();
    for field in fields {
        match *field {
            "failures" | "samples" => object[*field] = json!([]),
            _ => _ = object.remove(*field),
        }
    }
    if let Some(profiles) = object.get_mut("further_profiles") {
        for profile in profiles.as_array_mut().unwrap() {
            without(profile, fields);
        }
    }
}

#[test]
fn an_inference_and_a_score_show_what_they_record_and_no_more() {
    let night = gap_night::build();
    let inference = (
        "1.1.1",
        &["Time per stage", "Cost", "Samples without a text", "Files"][..],
        &["stages", "usage", "first_statuses", "failures"][..],
        vec![0, 0, 0, 1],
    );
    let score = (
        "1.1.3",
        &[
            "Rates",
            "Text without its order",
            "Key values",
            "What is read wrong",
            "Samples with the most errors",
            "Files",
        ][..],
        &["raw", "errors", "order_free", "fields", "samples"][..],
        vec![1, 0, 0, 0, 0, 1],
    );
    for (step, parts, fields, left) in [inference, score] {
        let shown = || {
            let [page, markdown] = study(&night, &format!("Step {step}: "));
            [
                titles(&page, "<h4>", parts),
                titles(&markdown, "\n### ", parts),
            ]
        };
        let all = vec![1; parts.len()];
        assert_eq!(shown(), [all.clone(), all], "step {step}");
        // The first form of these results had none of the fields.
        gap_night::change_result(&night, step, |value| without(value, fields));
        assert_eq!(shown(), [left.clone(), left], "what is left of step {step}");
    }
}

#[test]
fn profiles_stand_beside_each_other_three_at_most() {
    let night = gap_night::build();
    let heads = |further: usize, first: &str| -> Vec<usize> {
        gap_night::change_result(&night, "1.1.3", |value| {
            let strict = value["further_profiles"][0].clone();
            value["further_profiles"] = vec![strict; further].into();
        });
        let [_, markdown] = study(&night, "Step 1.1.3: ");
        let heads = markdown.lines().filter(|line| line.starts_with(first));
        heads
            .map(|line| line.matches("Profile `").count())
            .collect()
    };
    for first in ["| Over the readable", "| Kind of error", "| Whatever order"] {
        assert_eq!(heads(4, first), [3, 2], "{first}");
        assert_eq!(heads(3, first), [2, 2], "{first}");
    }
    // One alone is named once, above its rates.
    assert_eq!(heads(0, "| Over the readable"), [1]);
    let [page, alone] = study(&night, "Step 1.1.3: ");
    assert!(page.contains("<th scope=\"col\" class=\"num\">Misread</th>"));
    assert!(alone.contains("| Kind of error                    |"));
    assert!(alone.contains("Recorded as `errors`."));
}

#[test]
fn predictions_are_linked_where_they_lie() {
    let night = gap_night::build();
    let page = section(&night);
    let link = "<a href=\"../../../../data/vlm_reports/qwen-validation.predictions.jsonl\"><code>data/vlm_reports/qwen-validation.predictions.jsonl</code></a>";
    // In the comparison, the inference and the score, whose first sentence names them, too.
    assert_eq!(page.matches(link).count(), 4, "{page}");
    // What is not there is named and not linked.
    let lost =
        "Baseline predictions: <code>data/vlm_reports/ppocr-validation.predictions.jsonl</code>";
    assert!(page.contains(lost));
    assert!(!markdown(&night).contains("]("));
    std::fs::remove_file(
        std::path::Path::new(&night.record.project_dir)
            .join("data/vlm_reports/qwen-validation.predictions.jsonl"),
    )
    .unwrap();
    assert!(!section(&night).contains("<a href=\"../../../../data"));
}

#[test]
fn several_inferences_are_beside_each_other_first() {
    let mut night = RunFolder::new(
        &[(
            "The Evaluator",
            &[(
                "Inference",
                &[
                    ("Read", Some("overnight infer --backend ppocr --dataset d")),
                    (
                        "Read",
                        Some("overnight infer --backend tesseract --dataset d"),
                    ),
                ],
            )],
        )],
        &[],
    );
    for (step, backend) in [("1.1.1", ppocr()), ("1.1.2", tesseract())] {
        night.done(step, 22, infer(backend), "overnight infer");
    }
    night.close();
    let markdown = markdown(&night);
    let (_, overview) = markdown.split_once("\n## Inference\n").unwrap();
    let overview = overview.split("\n## ").next().unwrap();
    assert!(overview.contains("| 1.1.1 | `ppocr`     |"), "{overview}");
    assert!(overview.contains("| 1.1.2 | `tesseract` |"), "{overview}");
    assert!(section(&night).contains("<h3>Inference</h3>"));
    assert!(!section(&gap_night::build()).contains("<h3>Inference</h3>"));
}
