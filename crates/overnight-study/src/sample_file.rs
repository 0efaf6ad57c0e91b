//! The name of a file that belongs to one sample.

use overnight_record::store::sha256_hex;

/// The id where it is a plain word, otherwise what is plain of it and a part of its hash, so
/// that two samples never share a file and a sample written again replaces its old file.
pub(crate) fn sample_file(id: &str, extension: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let plain: String = id
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .take(60)
        .collect();
    if plain == id && !plain.is_empty() {
        format!("{plain}.{extension}")
    } else {
        format!("{plain}.{}.{extension}", &sha256_hex(id.as_bytes())[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_its_samples_alone() {
        assert_eq!(sample_file("r-01", "svg"), "r-01.svg");
        assert_eq!(sample_file("영수증", "txt"), "영수증.txt");
        let names: Vec<String> = ["../a", "__/a", "a b", "a_b", "", &"x".repeat(500)]
            .iter()
            .map(|id| sample_file(id, "svg"))
            .collect();
        for (index, name) in names.iter().enumerate() {
            assert!(!name.contains('/') && name.len() < 80, "{name}");
            assert!(!names[..index].contains(name), "{name}");
        }
    }
}
