//! Format `folder`: images with a `.txt` of the same name.
//!
//! The images lie in `img/` when there is such a folder, otherwise in the folder itself.
//! The text of `a.jpg` is `a.txt` beside it, or in the folder `txt` beside or below the
//! images. The line end that closes a file is not part of the text.

use std::path::{Path, PathBuf};

use super::{DatasetError, Sample, images, text};

pub(super) fn load(root: &Path) -> Result<Vec<Sample>, DatasetError> {
    let (folder, prefix) = if root.join("img").is_dir() {
        (root.join("img"), "img/")
    } else {
        (root.to_owned(), "")
    };
    let places = text_places(root, &folder);
    images::by_id(&folder)?
        .into_iter()
        .map(|(id, path)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text_name = format!("{}.txt", images::stem(&name));
            let reference = places
                .iter()
                .map(|place| place.join(&text_name))
                .find(|file| file.is_file())
                .map(|file| text::read(&file))
                .transpose()?
                .map(|text| text.trim_end_matches('\n').to_owned());
            Ok(Sample {
                id,
                image: format!("{prefix}{name}"),
                path,
                reference,
                fields: Default::default(),
                language: None,
            })
        })
        .collect()
}

/// Where a text may lie, the likeliest first.
fn text_places(root: &Path, images: &Path) -> Vec<PathBuf> {
    let mut places = vec![images.to_owned(), images.join("txt")];
    places.extend(images.parent().map(|parent| parent.join("txt")));
    places.push(root.join("txt"));
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        dir
    }

    fn references(dir: &tempfile::TempDir) -> Vec<(String, String, Option<String>)> {
        load(dir.path())
            .unwrap()
            .into_iter()
            .map(|sample| (sample.id, sample.image, sample.reference))
            .collect()
    }

    #[test]
    fn texts_beside_the_images() {
        let dir = tree(&[
            ("b.PNG", ""),
            ("a.jpg", ""),
            ("a.txt", "\u{feff}one\r\ntwo\r\n"),
            (".hidden.png", ""),
            ("notes.md", ""),
        ]);
        let expected = [("a", "a.jpg", Some("one\ntwo")), ("b", "b.PNG", None)];
        let expected = expected.map(|(i, n, t)| (i.into(), n.into(), t.map(str::to_owned)));
        assert_eq!(references(&dir), expected);
    }

    #[test]
    fn texts_in_their_own_folder() {
        let dir = tree(&[("img/x.jpg", ""), ("txt/x.txt", "x\n\n")]);
        let expected = [("x".to_owned(), "img/x.jpg".to_owned(), Some("x".to_owned()))];
        assert_eq!(references(&dir), expected);
    }

    #[test]
    fn images_that_differ_in_their_extension_alone_keep_it() {
        let dir = tree(&[("a.jpg", ""), ("a.png", ""), ("b.png", "")]);
        let ids: Vec<_> = references(&dir).into_iter().map(|(id, ..)| id).collect();
        assert_eq!(ids, ["a.jpg", "a.png", "b"]);
    }

    #[test]
    fn text_that_is_not_utf8_is_named_with_its_line() {
        let dir = tree(&[("a.png", "")]);
        fs::write(dir.path().join("a.txt"), b"fine\nna\xefve\n").unwrap();
        let error = load(dir.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("a.txt line 2: the text is not UTF-8"),
            "{error}"
        );
    }
}
