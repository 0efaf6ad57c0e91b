//! Finding formulas in a text, without taking prices for one.

use super::latex;

/// Longest formula that is looked for, in bytes.
const MOST: usize = 4000;

/// The text with every formula replaced by what it shows.
pub(super) fn replace(text: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['$', '\\']) {
        replaced.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some((shown, length)) = at(rest, replaced.chars().next_back()) {
            replaced.push_str(&shown);
            rest = &rest[length..];
            continue;
        }
        // What a backslash guards begins nothing.
        let n = if rest.starts_with('\\') { 2 } else { 1 };
        let length: usize = rest.chars().take(n).map(char::len_utf8).sum();
        replaced.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    replaced.push_str(rest);
    replaced
}

/// The formula that begins here, as text with the length of its source in bytes. `before` is the
/// character in front of it.
///
/// Between single dollars the rules of Pandoc hold (no blank inside beside them, no digit behind
/// them), unless the inside is certainly LaTeX; after a Latin letter or digit (`US$5`) it must be.
pub(super) fn at(rest: &str, before: Option<char>) -> Option<(String, usize)> {
    if let Some(inside) = rest.strip_prefix("$$") {
        let inside = closed_by(inside, "$$")?;
        let is_formula = !inside.trim().is_empty() && !inside.contains('$');
        return is_formula.then(|| (latex::formula(inside), inside.len() + 4));
    }
    if let Some(inside) = rest.strip_prefix('$') {
        let inside = closed_by(inside, "$")?;
        let behind = rest[inside.len() + 2..].chars().next();
        let is_tight = !inside.starts_with(char::is_whitespace)
            && !inside.ends_with(char::is_whitespace)
            && !behind.is_some_and(|c| c.is_ascii_digit())
            && !before.is_some_and(|c| c.is_ascii_alphanumeric());
        let is_formula = !inside.trim().is_empty() && (is_tight || is_latex(inside));
        return is_formula.then(|| (latex::formula(inside), inside.len() + 2));
    }
    for (open, close) in [(r"\(", r"\)"), (r"\[", r"\]")] {
        if let Some(inside) = rest.strip_prefix(open) {
            let inside = closed_by(inside, close)?;
            // `\[1\]` is a bracket that Markdown must not take for a link.
            let is_formula =
                !inside.trim().is_empty() && (is_latex(inside) || inside.contains('='));
            return is_formula.then(|| (latex::formula(inside), inside.len() + 4));
        }
    }
    None
}

/// The text up to the first `close` that no backslash guards, in the same paragraph.
fn closed_by<'a>(text: &'a str, close: &str) -> Option<&'a str> {
    let mut is_guarded = false;
    let mut was_line_end = false;
    for (at, c) in text.char_indices() {
        if at > MOST {
            return None;
        }
        if !is_guarded && text[at..].starts_with(close) {
            return Some(&text[..at]);
        }
        is_guarded = c == '\\' && !is_guarded;
        if c == '\n' && was_line_end {
            return None;
        }
        was_line_end = c == '\n' || (was_line_end && c.is_whitespace());
    }
    None
}

/// Whether a text has what only LaTeX has, or is a sign that no price is (`$>$1 year`).
fn is_latex(text: &str) -> bool {
    if text.chars().all(|c| "<>=≤≥≈≠±×".contains(c)) {
        return true;
    }
    let has_command = text.match_indices('\\').any(|(at, _)| {
        let next = text[at + 1..].chars().next();
        next.is_some_and(|c| c.is_ascii_alphabetic())
    });
    has_command || text.contains(['^', '_'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_prices() {
        for (text, shown) in [
            (r"값이 $\sqrt{2} = 1.4$에 가깝다", "값이 √2 = 1.4에 가깝다"),
            ("CI $0.65–1.71$)", "CI 0.65–1.71)"),
            ("$5.00 and $6.00", "$5.00 and $6.00"),
            ("$5.00 and $ 6.00", "$5.00 and $ 6.00"),
            ("US$5/US$6", "US$5/US$6"),
            (r"$ \alpha $ is $ 5 $", "α is $ 5 $"),
            ("$$\nx = 1\n$$", "x = 1"),
            ("$$$", "$$$"),
            ("$>$1 year", ">1 year"),
            ("$/$5", "$/$5"),
            (r"\(x = 1\) and \[y^2\]", "x = 1 and y2"),
            (r"see \[1\]", r"see \[1\]"),
            (r"f\(\)", r"f\(\)"),
            (r"costs \$5 or $x$", r"costs \$5 or x"),
            ("$a\n\nb$", "$a\n\nb$"),
            ("100$", "100$"),
            ("", ""),
        ] {
            assert_eq!(replace(text).trim(), shown, "{text}");
        }
    }
}
