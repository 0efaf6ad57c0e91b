//! Blocks that are passed over: code between fences, HTML comments, preformatted HTML.

use super::item::{Item, indent};
use super::lines::Line;

/// HTML elements whose content is not Markdown.
const RAW: [&str; 4] = ["pre", "script", "style", "textarea"];

/// A block that is passed over to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// A code block.
    Fence {
        sign: char,
        /// Least length of the fence that closes it.
        length: usize,
        /// Column it begins in.
        indent: usize,
    },
    Comment,
    /// One of [`RAW`].
    Raw(&'static str),
}

/// Where a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// How many lines it takes, its first included.
    pub(super) lines: usize,
    /// Whether something closes it.
    pub(super) is_closed: bool,
}

/// The list items a line stands in.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Columns of their content, ascending.
    contents: Vec<usize>,
}

impl Lists {
    /// Goes on to a line that is not inside a block.
    pub(super) fn enter(&mut self, line: &Line<'_>) {
        if line.is_blank() {
            return;
        }
        let own = indent(line.text);
        while self.contents.last().is_some_and(|content| *content > own) {
            self.contents.pop();
        }
        if let Some(item) = Item::read(line) {
            self.contents.push(item.content);
        }
    }

    /// Column of the content of the innermost item; 0 outside every list.
    fn innermost(&self) -> usize {
        self.contents.last().copied().unwrap_or(0)
    }
}

/// The block that begins on this line.
pub(super) fn beginning_at(line: &Line<'_>) -> Option<Block> {
    let at = indent(line.text);
    if let Some(block) = from_text(line.text.trim_start(), at) {
        return Some(block);
    }
    // A block may be the first thing in a list item.
    let item = Item::read(line).filter(|item| item.mark.is_none())?;
    from_text(item.text, item.content)
}

fn from_text(text: &str, at: usize) -> Option<Block> {
    if text.starts_with("<!--") {
        return Some(Block::Comment);
    }
    if let Some(rest) = text.strip_prefix('<') {
        let name = rest
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let is_tag = rest[name.len()..]
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || c == '>');
        let raw = RAW.into_iter().find(|raw| name.eq_ignore_ascii_case(raw));
        return raw.filter(|_| is_tag).map(Block::Raw);
    }
    let (sign, length) = fence(text)?;
    // A back-tick after the opening ones makes it inline code.
    let is_inline = sign == '`' && text[length..].contains('`');
    (!is_inline).then_some(Block::Fence {
        sign,
        length,
        indent: at,
    })
}

/// The sign and length of the fence a text begins with.
fn fence(text: &str) -> Option<(char, usize)> {
    let sign = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == sign).count();
    (length >= 3).then_some((sign, length))
}

/// The sign and length of a line that can close a code block.
fn closing_fence(line: &Line<'_>) -> Option<(char, usize)> {
    let text = line.text.trim();
    fence(text).filter(|(_, length)| text.chars().count() == *length)
}

/// For each line the length of the longest fence from it on that can close a block: of
/// back-ticks, of tildes. Without it, looking for the end of many open blocks would take
/// quadratic time.
pub(super) fn longest_fences(lines: &[Line<'_>]) -> Vec<[usize; 2]> {
    let mut longest = [0, 0];
    let mut found: Vec<[usize; 2]> = lines
        .iter()
        .rev()
        .map(|line| {
            if let Some((sign, length)) = closing_fence(line) {
                let own = &mut longest[usize::from(sign == '~')];
                *own = length.max(*own);
            }
            longest
        })
        .collect();
    found.reverse();
    found
}

impl Block {
    /// What it is called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Fence { .. } => "code block",
            Self::Comment => "comment",
            Self::Raw(_) => "HTML block",
        }
    }

    /// Where the block that begins with the first of `lines` ends. `fences` belongs to these
    /// lines, `lists` to the first of them.
    pub(super) fn end(self, lines: &[Line<'_>], fences: &[[usize; 2]], lists: &Lists) -> End {
        let closed = match self {
            Self::Comment => comment_end(lines),
            Self::Raw(name) => {
                let tag = format!("</{name}>");
                lines
                    .iter()
                    .position(|line| line.text.to_ascii_lowercase().contains(&tag))
            }
            Self::Fence {
                sign,
                length,
                indent: own,
            } => {
                let longest = fences.get(1).map_or(0, |of| of[usize::from(sign == '~')]);
                let closes = |line: &Line<'_>| {
                    closing_fence(line).is_some_and(|(s, l)| s == sign && l >= length)
                        && indent(line.text) <= own + 3
                };
                (longest >= length)
                    .then(|| lines.iter().skip(1).position(closes))
                    .flatten()
                    .map(|index| index + 1)
            }
        };
        if let Some(index) = closed {
            return End {
                lines: index + 1,
                is_closed: true,
            };
        }
        // A list item that ends, ends the code in it.
        let content = match self {
            Self::Fence { .. } => lists.innermost(),
            _ => 0,
        };
        let is_outside = |line: &Line<'_>| !line.is_blank() && indent(line.text) < content;
        let inside = lines.iter().skip(1).position(is_outside);
        End {
            lines: inside.map_or(lines.len(), |index| index + 1),
            is_closed: false,
        }
    }
}

/// The index of the line on which a comment ends. `<!-->` and `<!--->` are whole comments.
fn comment_end(lines: &[Line<'_>]) -> Option<usize> {
    lines.iter().enumerate().position(|(index, line)| {
        let text = match line.text.find("<!--").filter(|_| index == 0) {
            Some(at) => &line.text[at + 2..],
            None => line.text,
        };
        text.contains("-->")
    })
}
