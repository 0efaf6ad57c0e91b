//! A dataset read in shards, kept in a folder, and put together again.

use overnight_testkit::{LlamaServer, Overnight, TestProject};
use serde_json::Value;

use super::{BINARY, KEY, project, rows};

fn overnight(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(BINARY, project)
        .args(args)
        .env("VLM_KEY", KEY)
}

fn infer(project: &TestProject, more: &[&str]) -> Value {
    let args = [
        "infer",
        "--backend",
        "qwen",
        "--dataset",
        "few",
        "--format",
        "json",
    ];
    let answer = overnight(project, &args).args(more).run();
    answer.expect_code(0).json()
}

#[test]
fn shards_in_one_folder_are_scored_as_one() {
    let Some(server) = LlamaServer::start("shards_in_one_folder_are_scored_as_one") else {
        return;
    };
    let project = project(11, &server.base_url());
    for shard in ["1/2", "2/2"] {
        let json = infer(&project, &["--shard", shard, "--out", "out/"]);
        let kinds: Vec<&Value> = json["artifacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|artifact| &artifact["kind"])
            .collect();
        assert_eq!(kinds, ["predictions", "texts"]);
    }
    let parts = [
        "out/predictions.shard-1-of-2.jsonl",
        "out/predictions.shard-2-of-2.jsonl",
    ];
    let n: Vec<usize> = parts
        .iter()
        .map(|part| rows(&project, part).len())
        .collect();
    assert_eq!(n.iter().sum::<usize>(), 11);
    assert!(n.iter().all(|n| *n >= 5), "{n:?}");
    assert_eq!(project.read("out/texts/010.txt"), "TEA 1.00\n");
    assert_eq!(
        std::fs::read_dir(project.path().join("out/texts"))
            .unwrap()
            .count(),
        11
    );

    let score = |more: &[&str]| {
        overnight(&project, &["score", "--dataset", "few", "--format", "json"])
            .args(more)
            .run()
    };
    let both = ["--predictions", parts[0], "--predictions", parts[1]];
    let json = score(&both).expect_code(0).json();
    assert_eq!((&json["n"], &json["coverage"]), (&11.into(), &1.0.into()));
    let whole = json["predictions"].as_str().unwrap();
    assert!(whole.ends_with("qwen-few.predictions.jsonl"), "{whole}");
    // One shard alone covers its share.
    let half = score(&both[..2]).json()["coverage"].as_f64().unwrap();
    assert!(half > 0.4 && half < 0.6, "{half}");
    // The whole again, in one file: read from what is known.
    let json = infer(&project, &["--out", "whole/", "--out", "w.parquet"]);
    assert_eq!(
        (&json["n_cached"], &json["n_inferred"]),
        (&11.into(), &0.into())
    );

    let compare = |candidate: &[&str]| {
        overnight(
            &project,
            &["compare", "--dataset", "few", "--format", "json"],
        )
        .args(["--baseline", "whole/predictions.jsonl"])
        .args(candidate)
        .run()
    };
    let json = compare(&["--candidate", parts[1], "--candidate", parts[0]])
        .expect_code(0)
        .json();
    assert_eq!(
        (&json["paired"]["n"], &json["paired"]["difference"]),
        (&11.into(), &0.0.into())
    );
    assert_eq!(json["baseline"]["name"], "qwen");
    assert_eq!(json["candidate"]["name"], "qwen");

    // No sample counts twice, and a backend is no part.
    let answer = compare(&[
        "--candidate",
        parts[0],
        "--candidate",
        "whole/predictions.jsonl",
    ])
    .expect_code(2);
    for word in ["the sample `00", parts[0], "whole/predictions.jsonl"] {
        assert!(answer.stderr.contains(word), "{word}: {}", answer.stderr);
    }
    let answer = score(&["--predictions", parts[0], "--predictions", "qwen"]).expect_code(2);
    assert!(
        answer.stderr.contains("only files can be put together"),
        "{}",
        answer.stderr
    );
}
