//! "Did you mean ...?"

/// Least likeness, from 0 to 1, of a word that is offered for another.
const NEAR: f64 = 0.6;

/// The candidate most like `word`, when one is like it enough; the first of equals.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase());
        if likeness >= NEAR && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or else the list of what is known under its name.
pub(crate) fn suggestion(word: &str, what: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("there are no {what}"),
        None => format!("the {what} are {}", listed(known)),
    }
}

/// Words in back-ticks, the last two joined by "and".
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word() {
        let known = ["timezone", "logs", "commit_prefix"];
        assert_eq!(nearest("timezon", known), Some("timezone"));
        assert_eq!(nearest("Time_Zone", known), Some("timezone"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(
            suggestion("banana", "known keys", &known),
            "the known keys are `timezone`, `logs` and `commit_prefix`"
        );
    }
}
