//! Random plan documents: whole ones, put together from the forms people write.

use proptest::prelude::*;
use proptest::sample::select;

/// A document that is a plan, with anything plans have in them.
pub(crate) fn plans() -> impl Strategy<Value = String> {
    (
        heads(),
        trackers(),
        proptest::collection::vec(tasks(), 1..4),
        checklists(),
        proptest::collection::vec(select(vec!["\n", "\r\n"]), 1..5),
        any::<bool>(),
    )
        .prop_map(|(head, tracker, phases, checklist, ends, has_end)| {
            let mut text = head;
            text += &tracker;
            for (index, tasks) in phases.iter().enumerate() {
                let number = index + 1;
                for (at, (heading, task)) in tasks.iter().enumerate() {
                    if at == 0 {
                        text += &heading.replace('N', &number.to_string());
                    }
                    let id = format!("{number}.{}", at + 1);
                    text += &task.replace("N.M", &id);
                }
            }
            text += &checklist;
            with_ends(&text, &ends, has_end)
        })
}

/// The document with line ends that take turns.
fn with_ends(text: &str, ends: &[&str], has_end: bool) -> String {
    let mut ends = ends.iter().cycle();
    let mut written = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        written += line;
        if lines.peek().is_some() || has_end {
            written += ends.next().unwrap_or(&"\n");
        }
    }
    written
}

fn heads() -> impl Strategy<Value = String> {
    let front = select(vec![
        "",
        "---\ntitle: 'A: b' # c\ntags: [a, b]\n---\n",
        "---\nstatus: \"active\"\n...\n",
        "---\n",
    ]);
    let title = select(vec![
        "# 밤샘 계획\n\n",
        "# ðŸ“‹ **Success criteria of a plan**\n",
        "A plan\n======\nwith words\n---\n",
        "",
    ]);
    (any::<bool>(), front, title).prop_map(|(bom, front, title)| {
        format!("{}{front}{title}", if bom { "\u{feff}" } else { "" })
    })
}

fn trackers() -> impl Strategy<Value = String> {
    let field = (
        select(vec![
            "STATUS",
            "CURRENT STEP",
            "CURRENT_STEP",
            "NEXT TASK",
            "owner",
        ]),
        select(vec![
            "- **NAME:** VALUE",
            "- **NAME**: VALUE  ",
            "* NAME:VALUE",
            "**NAME:** VALUE",
            "- **NAME: VALUE**",
            "\t- *NAME:*\tVALUE",
            "1. ✅ NAME： VALUE",
            "- **ðŸ“Š NAME:**VALUE",
            "- NAME is VALUE",
        ]),
        select(vec![
            "PLANNING",
            "",
            "진행 중 (1/3)",
            "a: b **c**",
            "🚀 _on_",
        ]),
    )
        .prop_map(|(name, form, value)| form.replace("NAME", name).replace("VALUE", value));
    let heading = select(vec![
        "## Progress Tracker",
        "### 📊 **Progress Tracker** ###",
        "Progress tracker\n---",
        "## Something else",
    ]);
    (heading, proptest::collection::vec(field, 0..6))
        .prop_map(|(heading, fields)| format!("{heading}\n{}\n\n#### Outline\n", fields.join("\n")))
}

/// A heading for their phase and a task with its steps.
fn tasks() -> impl Strategy<Value = Vec<(String, String)>> {
    let heading = select(vec![
        "#### **Phase N: The Auditor (Quality)**\n",
        "## 📦 Phase N - 감사 ##\nWords.\n\n",
        "### **Phase N** Later\n",
        "Phase N: Underlined\n---\n",
    ]);
    let head = select(vec![
        "1. [ ] **Task N.M: Audit**\n",
        "3) [x] **Task N.M** Audit `a**b`\n",
        "- [X] Task N.M - 문서\n",
        "* [ ] **Task N.M**\n",
        "+ **Task N.M: no box**\n",
        "##### Task N.M: heading\n",
        "1. [ ] **Task N.M: a title that\n   goes on**\n",
    ]);
    let task = (head, proptest::collection::vec(pieces(), 0..7))
        .prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()));
    proptest::collection::vec((heading.prop_map(str::to_owned), task), 0..4)
}

/// What may stand below a task.
fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => steps(),
        1 => select(vec![
            "\n",
            "   Words that go on, with a [ ] in them.\n",
            "   - a bullet without a box\n",
            "   ```md\n   - [ ] fenced\n   ```\n",
            "\t~~~~\n\t- [ ] fenced\n\t~~~\n\t~~~~\n",
            "   - ```sh\n     - [ ] in an item\n     ```\n",
            "   <!-- - [ ] commented -->\n",
            "   <!--\n   - [ ] commented\n   -->\n",
            "   <pre>\n- [ ] raw\n</pre>\n",
            "   > - [ ] quoted\n",
            "   - [] nearly\n   • [ ] nearly\n",
            "   - [x](link) no box\n",
            "---\n",
            "- [ ] at the level of a task\n",
        ])
        .prop_map(str::to_owned),
    ]
}

fn steps() -> impl Strategy<Value = String> {
    (
        select(vec!["   ", "  ", "\t", "      ", "\t\t", "\t  "]),
        select(vec!["-", "*", "+", "1.", "12)", "-\t"]),
        select(vec!["[ ]", "[x]", "[X]"]),
        prop_oneof![
            select(vec![
                "Run `make audit` and wait.",
                "Task N.M is `done`",
                "Task 1.1.1: three numbers",
                "ðŸš€ 하위 단계",
                "```inline```",
                "",
                "a\n         goes on",
                "trailing  ",
            ])
            .prop_map(str::to_owned),
            "[^\r\n\u{b}\u{c}\u{85}\u{2028}\u{2029}]{0,16}",
        ],
    )
        .prop_map(|(indent, bullet, mark, text)| format!("{indent}{bullet} {mark} {text}\n"))
}

fn checklists() -> impl Strategy<Value = String> {
    let heading = select(vec![
        "## ðŸŽ¯ **Success Criteria Validation**",
        "## Technical requirements",
        "### ✅ Success criteria of phase 1",
        "Success Criteria\n----",
        "## Phase 1 in retrospect",
        "## Notes",
    ]);
    let line = select(vec![
        "- [ ] `make quality-check` passes.\n",
        "  - [x] nested\n",
        "* [X] 리포트가 있다\n      and goes on\n",
        "### By group\n- [ ] grouped\n",
        "### Phase 1: group\n- [ ] grouped by phase\n",
        "- group\n  - [ ] below it\n",
        "```\n- [ ] fenced\n```\n",
        "\n",
        "    - [ ] deep\n",
    ]);
    proptest::collection::vec((heading, proptest::collection::vec(line, 0..4)), 0..3).prop_map(
        |lists| {
            let lists: Vec<String> = lists
                .iter()
                .map(|(heading, lines)| format!("\n{heading}\n{}", lines.concat()))
                .collect();
            lists.concat()
        },
    )
}
