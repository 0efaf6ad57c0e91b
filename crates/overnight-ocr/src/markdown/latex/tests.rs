//! What formulas and tables show.

use super::*;

#[test]
fn formulas_show_their_signs() {
    for (latex, shown) in [
        (r"210 \text{ mm} \times 297 \text{ mm}", "210 mm × 297 mm"),
        (
            r"\frac{(\text{긴 변})}{(\text{짧은 변})}",
            "(긴 변)/(짧은 변)",
        ),
        (r"\sqrt{2} = 1.414\cdots", "√2 = 1.414⋯"),
        (r"\sqrt{2}=1.414 \cdots", "√2 = 1.414⋯"),
        (r"\sqrt[3]{x}", "3√x"),
        (
            r"\square\text{ABCD} \backsim \square \mathrm{DEFC}",
            "□ABCD ∽ □DEFC",
        ),
        (r"\overline{\mathrm{AB}}=1", "AB = 1"),
        (r"\le", "≤"),
        (">1", ">1"),
        ("0.65–1.71", "0.65–1.71"),
        (r"19,99 \ €", "19,99 €"),
        (r"1.4, \; 2, \; 2.8, \; 4,", "1.4, 2, 2.8, 4,"),
        ("x^{2} + y_1^2", "x2 + y12"),
        ("a+b", "a+b"),
        ("0.95 to 1.46", "0.95 to 1.46"),
        (r"25^\circ", "25°"),
        (r"25^{\circ}\mathrm{C}", "25°C"),
        (r"\left( \frac{1}{2} \right.", "(1/2"),
        (r"\begin{array}{cc} a & b \\ c & d \end{array}", "a b\nc d"),
        (r"\sin x + \log_2 8", "sin x + log2 8"),
        (r"E = mc^2 \tag{1}", "E = mc2 (1)"),
        (r"50\%", "50%"),
        ("50%", "50%"),
        (r"p < 0.05", "p < 0.05"),
        ("a <= b", "a <= b"),
        (r"\alpha\beta \leq \Gamma", "αβ ≤ Γ"),
        (r"\foo bar", "foo bar"),
        (r"\[ x \]", "x"),
        (r"\hat{\theta}_{i}", "θi"),
    ] {
        assert_eq!(crate::markdown::formula_text(latex), shown, "{latex}");
    }
}

#[test]
fn tables_are_rows() {
    let latex = "\\begin{tabular}{|l|r|}\n\\hline\nTea & \\multicolumn{1}{c}{2.50} \\\\ \\hline\n\
                 \\textbf{Two words} & $\\le 5$ \\\\\n\\end{tabular}";
    assert_eq!(
        crate::markdown::latex_table_text(latex),
        "Tea 2.50\nTwo words ≤5"
    );
}

#[test]
fn nesting_without_end_is_survived() {
    let deep = format!("{}x{}y", "{".repeat(5000), "}".repeat(10));
    assert_eq!(formula(&deep), "xy");
    let fractions = r"\frac".repeat(3000);
    assert!(formula(&fractions).contains('/'));
    assert_eq!(formula(&r"\sqrt".repeat(50_000)).chars().count(), 50_000);
    assert_eq!(formula(&r"\sqrt[".repeat(50_000)).chars().count(), 100_000);
    assert_eq!(formula(&"^".repeat(100)), "");
}
