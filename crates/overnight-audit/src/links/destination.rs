//! A destination as it is written: where it stands, and how another is written in its place.

use std::fmt::Write as _;
use std::ops::Range;

use super::html;
use super::target::decode;

/// How a destination is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bare, in a Markdown link or definition.
    Bare,
    /// Between `<` and `>`.
    Angle,
    /// As the value of an HTML attribute.
    Html,
}

impl Form {
    /// What the written text means, without the escapes of its form.
    pub(super) fn unescape(self, written: &str) -> String {
        if self == Self::Html {
            return html::unescape(written);
        }
        let mut text = String::with_capacity(written.len());
        let mut rest = written;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            match rest.chars().next().filter(char::is_ascii_punctuation) {
                // An escaped `&` begins no character reference; those are handled below.
                Some(c) if c != '&' => {
                    text.push(c);
                    rest = &rest[1..];
                }
                _ => text.push('\\'),
            }
        }
        text.push_str(rest);
        html::unescape(&text)
    }
}

/// Finds `destination` after white space at byte `from`; `None` when what stands there
/// cannot be told to mean it.
pub(super) fn find(text: &str, from: usize, destination: &str) -> Option<(Range<usize>, Form)> {
    let rest = text.get(from..)?;
    let trimmed = rest.trim_start();
    let start = from + rest.len() - trimmed.len();
    let (start, form) = match trimmed.strip_prefix('<') {
        Some(_) => (start + 1, Form::Angle),
        None => (start, Form::Bare),
    };
    let len = length(&text[start..], form);
    let span = start..start + len;
    let written = &text[span.clone()];
    (len > 0 && form.unescape(written) == destination).then_some((span, form))
}

/// Where the destination ends: at `>`, or else at white space or a closing parenthesis that
/// was not opened.
fn length(text: &str, form: Form) -> usize {
    let mut depth = 0usize;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match (form, c) {
            (_, '\\') => is_escaped = true,
            (Form::Angle, '>' | '\n') => return at,
            (Form::Bare, '(') => depth += 1,
            (Form::Bare, ')') if depth == 0 => return at,
            (Form::Bare, ')') => depth -= 1,
            (Form::Bare, c) if c.is_ascii_whitespace() || c.is_ascii_control() => return at,
            _ => {}
        }
    }
    text.len()
}

/// The destination that leads from a document in `folder` to `target`, written as `written`
/// is: what stays the same keeps its spelling, the query and fragment stay, a leading `./`
/// or `/` stays, and new text is percent-encoded where the old was or where it must be.
///
/// `fragment` is added when there is none. `None` when the written text has escapes at the
/// seam of path and fragment, or is no path at all.
pub(super) fn rewrite(
    written: &str,
    form: Form,
    folder: &str,
    target: &str,
    fragment: Option<&str>,
) -> Option<String> {
    let seam = written.find(['?', '#']).unwrap_or(written.len());
    let (path, tail) = written.split_at(seam);
    if path.ends_with('\\') || (path.ends_with('&') && tail.starts_with('#')) {
        return None;
    }
    let mut parts: Vec<String> = relative(folder, target, path.starts_with('/'))
        .into_iter()
        .map(str::to_owned)
        .collect();
    let style = Style::of(path, form);
    let plain = !path.contains(['\\', '&']);
    let mut old = path.trim_end_matches('/').rsplit('/');
    let mut is_same = plain;
    for part in parts.iter_mut().rev() {
        let old = old.next().unwrap_or_default();
        is_same &= decode(old) == *part;
        if !is_same {
            *part = style.encode(part);
        } else {
            old.clone_into(part);
        }
    }
    let mut text = parts.join("/");
    if path.starts_with('/') {
        text.insert(0, '/');
    } else if (path.starts_with("./") && !text.starts_with('.'))
        || text
            .split('/')
            .next()
            .is_some_and(|part| part.contains(':'))
    {
        text.insert_str(0, "./");
    }
    if text.is_empty() {
        text.push('.');
    }
    if path.ends_with('/') && !text.ends_with('/') {
        text.push('/');
    }
    text.push_str(tail);
    if let Some(fragment) = fragment.filter(|_| !tail.contains('#')) {
        text.push('#');
        text.push_str(fragment);
    }
    Some(text)
}

/// The steps from `folder` to `target`, or from the root.
fn relative<'a>(folder: &'a str, target: &'a str, from_root: bool) -> Vec<&'a str> {
    let split = |path: &'a str| path.split('/').filter(|part| !part.is_empty());
    let to: Vec<&str> = split(target).collect();
    if from_root {
        return to;
    }
    let from: Vec<&str> = split(folder).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut steps = vec![".."; from.len() - shared];
    steps.extend(&to[shared..]);
    steps
}

/// Which characters are percent-encoded.
struct Style {
    form: Form,
    /// Characters beyond ASCII are, because the old text did so.
    encodes_foreign: bool,
    /// Spaces are written as they are, because the old text did so.
    keeps_spaces: bool,
}

impl Style {
    fn of(path: &str, form: Form) -> Self {
        let is_foreign = |code: &str| {
            code.get(..2)
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .is_some_and(|byte| byte >= 0x80)
        };
        let encodes_spaces = path.contains("%20");
        Self {
            form,
            encodes_foreign: path.split('%').skip(1).any(is_foreign),
            keeps_spaces: match form {
                Form::Bare => false,
                Form::Angle => !encodes_spaces,
                Form::Html => path.contains(' '),
            },
        }
    }

    fn encode(&self, part: &str) -> String {
        let mut text = String::with_capacity(part.len());
        let mut depth = 0usize;
        let balanced = part.chars().all(|c| {
            depth = match c {
                '(' => depth + 1,
                ')' if depth == 0 => return false,
                ')' => depth - 1,
                _ => depth,
            };
            true
        }) && depth == 0;
        for c in part.chars() {
            let is_written = match c {
                ' ' => self.keeps_spaces,
                '(' | ')' => self.form != Form::Bare || balanced,
                '%' | '?' | '#' | '\\' | '<' | '>' | '"' | '\'' | '&' | '|' | '`' | '*' => false,
                c if c.is_control() || c.is_whitespace() => false,
                c if !c.is_ascii() => !self.encodes_foreign,
                _ => true,
            };
            if is_written {
                text.push(c);
            } else {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "%{byte:02X}");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::read_page;

    fn to(written: &str, form: Form, target: &str) -> String {
        rewrite(written, form, "docs/a", target, None).unwrap()
    }

    #[test]
    fn what_stays_keeps_its_spelling() {
        for (written, target, expected) in [
            ("../x%20y.md#L3", "src/x y.md", "../../src/x%20y.md#L3"),
            ("b.md?plain=1#한", "docs/a/c.md", "c.md?plain=1#한"),
            ("./b.md", "docs/a/c.md", "./c.md"),
            ("./b.md", "docs/c.md", "../c.md"),
            ("/docs/b.md", "docs/c d.md", "/docs/c%20d.md"),
            ("b.md", "docs/a/a:b.md", "./a:b.md"),
            ("b.md", "docs/한글 문서.md", "../한글%20문서.md"),
            ("%ED%95%9C.md", "docs/a/글.md", "%EA%B8%80.md"),
            ("b.md", "docs/a/x(1).md", "x(1).md"),
            ("b.md", "docs/a/x(1.md", "x%281.md"),
            ("b.md", "docs/a/100%25 #1.md", "100%2525%20%231.md"),
            ("old/", "docs/new", "../new/"),
            ("old", "docs/a", "."),
        ] {
            assert_eq!(to(written, Form::Bare, target), expected, "{written}");
        }
        assert_eq!(to("b c.md", Form::Angle, "docs/한 글.md"), "../한 글.md");
        assert_eq!(to("b%20c.md", Form::Angle, "docs/d e.md"), "../d%20e.md");
        assert_eq!(to("b.md", Form::Html, "docs/a/\"q\".md"), "%22q%22.md");
        assert_eq!(
            rewrite("a.py:3", Form::Bare, "", "b.py", Some("L3")).as_deref(),
            Some("b.py#L3")
        );
        assert_eq!(rewrite("a\\#b.md", Form::Bare, "", "b.md", None), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_name_the_link_leads_there(
            name in "[a-c .()#?%&'\"<>\\\\*_:|`\\[\\]한é~!@$+=,;-]{1,12}",
            old in "[a-c%20]{1,6}",
            form in 0usize..3,
        ) {
            proptest::prop_assume!(!name.chars().all(|c| c == '.') && name.trim() == name);
            let target = format!("docs/{name}");
            let (form, before, after) = [
                (Form::Bare, "[t](", ")\n"),
                (Form::Angle, "[t](<", ">)\n"),
                (Form::Html, "<a href=\"", "\">t</a>\n"),
            ][form];
            let written = rewrite(&old, form, "docs/a", &target, None).unwrap();
            let page = read_page(&format!("{before}{written}{after}"), 0);
            proptest::prop_assert_eq!(page.links.len(), 1);
            let crate::links::Target::Local(local) =
                crate::links::Target::parse(&page.links[0].destination)
            else {
                panic!("{written} is no path");
            };
            let found = crate::place::join("docs/a", &local.path);
            proptest::prop_assert_eq!(found, Some(target));
            proptest::prop_assert!(page.links[0].destination_span.is_some());
        }
    }
}
