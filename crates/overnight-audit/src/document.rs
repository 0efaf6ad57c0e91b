//! A Markdown document as bytes, with its front matter read.

use jiff::Timestamp;

use crate::front_matter::{self, FrontMatter};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One Markdown document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path relative to the project root, with forward slashes.
    pub path: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// When the file was last changed, when the file system says so.
    pub modified: Option<Timestamp>,
    /// What stands at its top.
    pub front_matter: FrontMatter,
}

impl Document {
    /// Reads the front matter of `bytes`.
    pub fn new(path: String, bytes: Vec<u8>, modified: Option<Timestamp>) -> Self {
        let front_matter = match std::str::from_utf8(&bytes) {
            Ok(text) => front_matter::read(text, text_start(&bytes)),
            Err(error) => FrontMatter::Broken {
                line: u32::try_from(
                    bytes[..error.valid_up_to()]
                        .iter()
                        .filter(|b| **b == b'\n')
                        .count(),
                )
                .map_or(u32::MAX, |n| n.saturating_add(1)),
                problem: format!("not UTF-8 text (byte {})", error.valid_up_to()),
                body: None,
            },
        };
        Self {
            path,
            bytes,
            modified,
            front_matter,
        }
    }

    /// The file's text with every broken byte replaced; offsets hold only when there is none.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Whether the bytes are UTF-8.
    pub fn is_text(&self) -> bool {
        std::str::from_utf8(&self.bytes).is_ok()
    }

    /// Where the text begins, after a byte order mark.
    pub fn text_start(&self) -> usize {
        text_start(&self.bytes)
    }

    /// Where the body begins, after the front matter.
    pub fn body_start(&self) -> usize {
        match &self.front_matter {
            FrontMatter::Fields(block) => block.body,
            FrontMatter::Broken {
                body: Some(body), ..
            } => *body,
            FrontMatter::Absent | FrontMatter::Broken { .. } => self.text_start(),
        }
    }

    /// The line end the document begins with.
    pub fn line_end(&self) -> &'static str {
        match self.bytes.iter().position(|b| *b == b'\n') {
            Some(at) if at > 0 && self.bytes[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }

    /// The file name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder, without a slash at its end; empty for the project root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn text_start(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let document = Document::new(
            "docs/a.md".to_owned(),
            b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\nbody".to_vec(),
            None,
        );
        assert!(matches!(document.front_matter, FrontMatter::Fields(_)));
        assert_eq!(&document.bytes[document.body_start()..], b"body");
        assert_eq!(
            (document.line_end(), document.folder(), document.name()),
            ("\r\n", "docs", "a.md")
        );
    }

    #[test]
    fn other_encodings_are_a_problem_and_not_a_panic() {
        let document = Document::new("a.md".to_owned(), b"ok\n\xb0\xa1\n".to_vec(), None);
        assert!(!document.is_text());
        assert_eq!(
            document.front_matter,
            FrontMatter::Broken {
                line: 2,
                problem: "not UTF-8 text (byte 3)".to_owned(),
                body: None
            }
        );
    }
}
