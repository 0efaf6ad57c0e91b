//! Markdown as models write it.

use proptest::prelude::*;

use super::*;

#[test]
fn marks_go_and_text_stays() {
    for (source, text) in [
        (
            "# Title\n\n## 1 Part ##\nline\nline two",
            "Title\n1 Part\nline\nline two",
        ),
        ("**B** *i* __b__ _i_ `c` ~~s~~", "B i b i c s"),
        ("**용지(A4)**는 제**1**항", "용지(A4)는 제1항"),
        ("- a\n- b\n    - c\n\n* d", "a\nb\nc\nd"),
        ("1. a\n1. b\n\n7) c", "1. a\n1. b\n7) c"),
        ("- a\n\n  second\n- b", "a\nsecond\nb"),
        ("> quoted\n> more", "quoted\nmore"),
        (
            "[name](https://x.org) ![a picture](x.png) <https://y.org>",
            "name  https://y.org",
        ),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div align=\"center\">\n\n**x**\n\n</div>", "x"),
        ("<div>\n**x** &amp; y\n</div>", "x & y"),
        (
            "m<sup>2</sup> H<sub>2</sub>O <!-- hm --> <u>u</u>",
            "m2 H2O  u",
        ),
        ("a\n\n---\n\nb\n***\nc", "a\nb\nc"),
        ("Title\n=====\ntext\n-----", "Title\ntext"),
        ("&lt;b&gt; &copy; &#8364; &unknown;", "<b> © € &unknown;"),
        ("```python\nx = a_b * c\n```\nend", "x = a_b * c\nend"),
        ("```markdown\n# T\n```", "T"),
        (
            "```html\n<table><tr><td>a</td><td>b</td></tr></table>\n```",
            "a b",
        ),
        ("x[^1]\n\n[^1]: note", "x1\n1  note"),
        ("\\*kept\\* \\# 1\\. x", "*kept* # 1. x"),
        ("CI $0.65–1.71$ and $\\le$5", "CI 0.65–1.71 and ≤5"),
        ("$$\n\\frac{a}{b}\n$$", "a/b"),
        ("\\[\nx = 1\n\\]", "x = 1"),
        ("\\begin{equation}\nx^2\n\\end{equation}", "x2"),
        ("^**COUP**^ *x*", "COUP x"),
        ("\u{feff}a\r\nb\r\n", "a\nb"),
        ("", ""),
    ] {
        assert_eq!(plain_text(source), text, "{source:?}");
    }
}

/// What pages have printed on them looks like Markdown at times.
#[test]
fn text_that_only_looks_like_markdown_stays() {
    for text in [
        "3 * 4 * 5 = 60",
        "2*3*4 and 12**34**56",
        "**** **** **** 1234",
        "0.05*\n0.01**",
        "snake_case_name __ x",
        "Name: ____ Date: ____",
        "#1 item\n#tag",
        "1986. It began.",
        "24. 25. 26.",
        "0.\nA",
        "- 3,000\n+ 5.00\n- $7",
        "10~20, 30~40",
        "p <5 years and > 3",
        "<NAME> <김철수> a < b",
        "$5.00 and $6.00",
        "a | b\nc | d",
        "| a | b |",
        "[1]: Smith, J.",
        "[^]",
        "~~~~~~~~\nnot code",
        "    set in by four\n\tand a tab",
        "(주)한국 [부가세] {x}",
        "TOTAL: 5.00!",
        "2^10 and 3^5",
        "A & B; &c",
        "C:\\Users",
    ] {
        let flush: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(plain_text(text), flush.join("\n"), "{text:?}");
    }
}

#[test]
fn tables_are_rows_in_every_form() {
    let rows = "Item Price\nTea 2.50\np* < 0.05 - ***";
    let html = "before\n<TABLE>\n <tr>\n  <th>Item</th>\n\n    <th>**Price**</th></tr>\n\
                <tr><td>Tea</td><td>$2.50$</td></tr><tr><td>p* < 0.05</td><td>-</td><td>***</td>\
                </tr></TABLE>after";
    assert_eq!(plain_text(html), format!("before\n{rows}\nafter"));
    let pipes = "before\n| Item | **Price** |\n|:--|--:|\n| Tea | 2.50 |\n\
                 | p* < 0.05 | - | *** |\n\nafter";
    assert_eq!(plain_text(pipes), format!("before\n{rows}\nafter"));
    assert_eq!(plain_text("a \\| b | c\n--|--\n1 | 2"), "a | b c\n1 2");
    let latex = "before\n\\begin{table}[h]\n\\centering\n\\begin{tabular}{lr}\nItem & \\textbf{Price} \
                 \\\\ \\hline\nTea & 2.50 \\\\\np* < 0.05 & - & ***\n\\end{tabular}\n\\end{table}\nafter";
    assert_eq!(plain_text(latex), format!("before\n{rows}\nafter"));
    // Never closed, or none at all.
    assert_eq!(plain_text("<table><tr><td>a</td><td>b"), "a b");
    assert_eq!(plain_text("<tables> are"), "<tables> are");
}

#[test]
fn a_reference_is_no_markdown() {
    assert_eq!(formulas_as_text("*a* # $x^2$ | 1."), "*a* # x2 | 1.");
    let html = "<table><tr><td>*a*</td><td>$\\le 5$ &lt; &amp;x; &</td></tr></table>";
    assert_eq!(html_table_text(html), "*a* ≤5 < &x; &");
}

/// Letters and digits in order.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A piece of Markdown and the text a reader sees of it.
fn piece() -> impl Strategy<Value = (String, String)> {
    let word = "[a-zA-Z가-힣][a-zA-Z0-9가-힣]{0,6}";
    prop_oneof![
        word.prop_map(|w| (w.clone(), w)),
        word.prop_map(|w| (format!("**{w}**"), w)),
        word.prop_map(|w| (format!("*{w}*"), w)),
        word.prop_map(|w| (format!("`{w}`"), w)),
        word.prop_map(|w| (format!("\n\n# {w}\n\n"), w)),
        word.prop_map(|w| (format!("\n- {w}\n"), w)),
        word.prop_map(|w| (format!("\n12. {w}\n"), format!("12{w}"))),
        word.prop_map(|w| (format!("[{w}](https://example.org/q)"), w)),
        word.prop_map(|w| (format!("![{w}](q.png)"), String::new())),
        word.prop_map(|w| (format!("<sup>{w}</sup>"), w)),
        word.prop_map(|w| (format!("<p style=\"q\">{w}</p>"), w)),
        word.prop_map(|w| (format!(" $\\text{{{w}}} \\le 5$ "), format!("{w}5"))),
        word.prop_map(|w| (
            format!("\n\n|{w}|b|\n|-|-|\n|c|d|e|\n\n"),
            format!("{w}bcde")
        )),
        word.prop_map(|w| {
            let html = format!("\n<table><tr><td class='q'>{w}</td><td></td></tr></table>\n");
            (html, w)
        }),
        word.prop_map(|w| (format!("<!-- {w} -->"), String::new())),
        Just(("\n\n---\n\n".to_owned(), String::new())),
        Just(("<br>".to_owned(), String::new())),
    ]
}

proptest! {
    #[test]
    fn no_source_makes_it_panic(source in "\\PC{0,200}") {
        plain_text(&source);
        html_table_text(&source);
        latex_table_text(&source);
    }

    #[test]
    fn nor_does_one_of_marks(
        source in "[a0 *_`#>|\\\\$<>/&;:\\[\\](){}!^~\n\\-+.\"=가]{0,120}"
    ) {
        plain_text(&source);
        html_table_text(&source);
        latex_table_text(&source);
        formula_text(&source);
    }

    #[test]
    fn nor_does_one_of_tags_and_commands(
        parts in prop::collection::vec(prop_oneof![
            Just("<table>"), Just("</table>"), Just("<td>"), Just("</tr>"), Just("<!--"),
            Just("\\begin{tabular}"), Just("\\end{tabular}"), Just("\\frac"), Just("{"),
            Just("}"), Just("$"), Just("$$"), Just("```"), Just("\n"), Just("| a"), Just("|--|"),
            Just("<style>"), Just("x "), Just("\\"), Just("<b"), Just("가")
        ], 0..40)
    ) {
        plain_text(&parts.concat());
        html_table_text(&parts.concat());
        latex_table_text(&parts.concat());
    }

    /// Exactly what a reader sees stays: nothing of it is lost, and nothing of the marks is left.
    #[test]
    fn every_visible_letter_stays(pieces in prop::collection::vec(piece(), 1..12)) {
        let (mut source, mut seen) = (String::new(), String::new());
        for (markdown, text) in pieces {
            source.push(' ');
            source.push_str(&markdown);
            seen.push_str(&text);
        }
        let text = plain_text(&source);
        prop_assert_eq!(letters(&text), letters(&seen), "{:?}", source);
        prop_assert!(!text.contains(['*', '#', '`', '|', '<', '$']), "{:?} from {:?}", text, source);
    }

    /// Text without a sign that Markdown knows is its own plain text, but for how many blanks
    /// stand behind a number.
    #[test]
    fn plain_text_is_its_own(
        lines in prop::collection::vec(
            "[a-zA-Z0-9가-힣][a-zA-Z0-9가-힣 .,:;()?%/]{0,30}",
            1..6,
        )
    ) {
        let text = plain_text(&lines.join("\n"));
        let read: Vec<String> = text.lines().map(html::folded).collect();
        let expected: Vec<String> = lines.iter().map(|line| html::folded(line)).collect();
        prop_assert_eq!(read, expected);
    }
}
