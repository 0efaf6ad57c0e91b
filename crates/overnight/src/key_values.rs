//! Key values as people read them.

use overnight_record::result::FieldScore;

use crate::table::{Table, percent};

/// How many values are in the text, and how many were told apart and are right. Empty without
/// key values.
pub(crate) fn key_values(fields: &[FieldScore]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let is_told = fields.iter().any(|field| field.n_extracted > 0);
    let mut header = vec!["key value", "n", "scored", "in text", "%"];
    if is_told {
        header.extend(["told", "exact", "%", "1-NED %"]);
    }
    let mut table = Table::new(1, &header);
    let share = |of: u64, n: u64| percent((n > 0).then(|| of as f64 / n as f64), 2);
    for field in fields {
        let mut row = vec![
            field.field.clone(),
            field.n.to_string(),
            field.n_scored.to_string(),
            field.in_text.to_string(),
            share(field.in_text, field.n_scored),
        ];
        if is_told {
            row.extend([
                field.n_extracted.to_string(),
                field.exact.to_string(),
                share(field.exact, field.n_extracted),
                percent(field.one_minus_ned, 2),
            ]);
        }
        table.row(row);
    }
    format!(
        "{}compared in {}\n",
        table.render(),
        FieldScore::NORMALISATION
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, n_extracted: u64) -> FieldScore {
        FieldScore {
            field: name.to_owned(),
            n: 40,
            n_scored: 38,
            in_text: 30,
            n_extracted,
            exact: n_extracted / 2,
            one_minus_ned: (n_extracted > 0).then_some(0.9),
        }
    }

    #[test]
    fn what_nobody_told_has_no_columns() {
        assert_eq!(key_values(&[]), "");
        insta::assert_snapshot!(key_values(&[field("company", 0), field("total", 0)]));
        insta::assert_snapshot!(key_values(&[field("company", 0), field("total", 20)]));
    }
}
