use overnight_record::Applicability;
use overnight_testkit::TestProject;

use super::*;

/// Renames and deletions, newest commit first.
const LOG: &str = "\u{1}c3\u{2}2025-03-03\u{2}third\0\n\
:1 1 a1 0 R100\0old/name.md\0docs/new-name.md\0\
:1 1 a2 0 R060\0docs/was.md\0docs/other.md\0\
:1 1 a3 0 R100\0docs/kind.py\0docs/kind.py.backup\0\
:1 1 a4 0 D\0docs/gone.md\0\
:1 1 a5 0 D\0far/lost.md\0\
:1 1 a6 0 R100\0app/a.ts\0web/a.ts\0\
:1 1 a7 0 R100\0app/s/b.ts\0web/s/b.ts\0\
:1 1 a8 0 R100\0app/s/c.ts\0web/s/c.ts\0\
:1 1 a9 0 D\0app/s/changed.ts\0\
:1 1 b0 0 R100\0twin/one.md\0docs/twin-one.md\0\
:1 1 b0 0 R100\0twin/two.md\0docs/twin-two.md\0\0\
\u{1}c2\u{2}2025-02-02\u{2}second\0\n\
:1 1 c1 0 R095\0docs/first.md\0docs/second.md\0\
:1 1 c2 0 R100\0origin/moved.md\0docs/deep/moved.md\0";

const FILES: &[&str] = &[
    "README.md",
    "app2/x/only/suffix.md",
    "docs/2025-12-01_1200_design-the-big-plan.md",
    "docs/Case.md",
    "docs/deep/moved.md",
    "docs/guide.md",
    "docs/kind.py.backup",
    "docs/new-name.md",
    "docs/other.md",
    "docs/second.md",
    "docs/src/both.py",
    "docs/twin-one.md",
    "docs/twin-two.md",
    "origin/beside.md",
    "project/far/away/unique.md",
    "src/both.py",
    "src/pack/__init__.py",
    "src/tool.py",
    "web/a.ts",
    "web/s/b.ts",
    "web/s/c.ts",
    "web/s/changed.ts",
];

fn answers(asked: &[(&str, &str)]) -> String {
    let project = TestProject::new();
    for file in FILES {
        project.file(file, "");
    }
    let history = History::read(LOG);
    let files = FILES.iter().map(|file| (*file).to_owned()).collect();
    let names = ["the-project".to_owned()];
    let repairer = Repairer::new(project.path(), files, &history, &names);
    asked
        .iter()
        .map(|(document, path)| {
            let broken = Broken {
                document,
                path: path.trim_start_matches("file://"),
                is_absolute: path.starts_with("file://"),
            };
            let answer = match repairer.propose(broken) {
                Ok(proposal) => {
                    let doubt = match proposal.applicability {
                        Applicability::Safe => "",
                        Applicability::Suggested => "?",
                    };
                    let lines = proposal.fragment.map_or(String::new(), |f| format!("#{f}"));
                    let proof = proposal.proof;
                    format!("{}{doubt} {}{lines}", proof.kind, proof.target)
                }
                Err(loss) => format!("- {}", loss.unwrap_or_default()),
            };
            format!("{document}: {path} = {answer}\n")
        })
        .collect()
}

#[test]
fn each_kind_of_evidence_answers_and_doubts_where_it_must() {
    insta::assert_snapshot!(answers(&[
        ("docs/guide.md", "other.md:12-34"),
        ("docs/guide.md", "../old/name.md"),
        ("docs/guide.md", "first.md"),
        ("docs/guide.md", "was.md"),
        ("docs/guide.md", "../twin/one.md"),
        ("docs/deep/moved.md", "beside.md"),
        ("docs/guide.md", "../src/pack.py"),
        ("docs/guide.md", "case.md"),
        ("docs/guide.md", "src/tool.py:7"),
        ("docs/deep/x.md", "src/both.py"),
        ("docs/deep/x.md", "../src/tool.py"),
        ("docs/deep/x.md", "README.md"),
        ("docs/guide.md", "file:///home/u/the-project/src/tool.py"),
        ("docs/guide.md", "file:///home/u/elsewhere/src/tool.py"),
        (
            "docs/guide.md",
            "file:///home/u/elsewhere/project/far/away/unique.md"
        ),
        ("docs/guide.md", "app/s/changed.ts"),
        ("docs/guide.md", "only/suffix.md"),
        ("docs/guide.md", "x/y/name.md"),
        ("docs/guide.md", "x/y/unique.md"),
        ("docs/guide.md", "the-big-plan.md"),
        ("docs/guide.md", "nowhere/away/unique.md"),
    ]));
}

#[test]
fn what_is_lost_is_said() {
    insta::assert_snapshot!(answers(&[
        ("docs/guide.md", "gone.md"),
        ("docs/guide.md", "kind.py"),
        ("docs/guide.md", "x/lost.md"),
        ("docs/guide.md", "../far/"),
        ("docs/guide.md", "never.md"),
        ("docs/guide.md", "x/README.md"),
    ]));
}
