//! What a formula or a table in LaTeX shows, as text.
//!
//! Visible signs stay in the order in which they are written: `\frac{a}{b}` is `a/b`, `x^2` is
//! `x2`, `\sqrt{2}` is `√2`. TeX makes the space of a formula itself, so blanks of the source
//! say little: one stands around relations and `×`, where the source asks for one, and between
//! plain characters that are apart in the source. Commands that are not known keep their name.

mod commands;
mod symbols;
mod writer;

use commands::{FUNCTIONS, HIDING, SILENT, SIZED, TEXT};
use writer::Writer;

/// Deepest nesting that is followed; deeper braces are passed over.
const MOST_DEPTH: usize = 40;

/// Longest name of an environment and longest sign of a root that are looked for, in bytes.
const MOST_NAME: usize = 100;

/// What a formula shows. Marks around it (`$`, `\[`) show nothing.
pub(super) fn formula(source: &str) -> String {
    read(source, Mode::Formula)
}

/// What a table shows: a row a line, cells apart by a space.
pub(super) fn table(source: &str) -> String {
    read(source, Mode::Text)
}

fn read(source: &str, mode: Mode) -> String {
    let mut reader = Reader {
        rest: source,
        depth: 0,
        out: Writer::default(),
    };
    reader.sequence(mode, Until::End);
    reader.out.text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Formula,
    Text,
}

/// Where a sequence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    Brace,
    Dollar,
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    out: Writer,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn sequence(&mut self, mode: Mode, until: Until) {
        while let Some(c) = self.peek() {
            match (c, until) {
                ('}', Until::Brace) | ('$', Until::Dollar) => {
                    self.take();
                    return;
                }
                _ => self.step(c, mode),
            }
        }
    }

    /// One sign, command or group; `c` is the next character.
    fn step(&mut self, c: char, mode: Mode) {
        if c == '\\' {
            return self.command(mode);
        }
        if c.is_whitespace() {
            return self.blanks(mode);
        }
        self.take();
        match (c, mode) {
            ('{', _) => self.group(mode),
            ('}', _) => self.out.literal = None,
            ('$', Mode::Text) if self.depth < MOST_DEPTH => self.formula_in_text(),
            ('$', _) => {}
            ('&' | '~', _) => self.out.is_gap_due = true,
            ('^', Mode::Formula) => self.raised(),
            ('_', Mode::Formula) => self.out.literal = None,
            (c, Mode::Formula) if symbols::is_relation(c) => {
                self.out.relation(c.encode_utf8(&mut [0; 4]));
            }
            (c, _) => self.out.literal(c),
        }
    }

    /// A formula in a text, the first dollar of which was taken. What stands before it is no
    /// side of its relations.
    fn formula_in_text(&mut self) {
        self.depth += 1;
        let outer = std::mem::take(&mut self.out);
        self.sequence(Mode::Formula, Until::Dollar);
        let inner = std::mem::replace(&mut self.out, outer);
        self.depth -= 1;
        self.out.sign(&inner.text);
    }

    /// The inside of braces whose first was taken.
    fn group(&mut self, mode: Mode) {
        self.out.literal = None;
        if self.depth < MOST_DEPTH {
            self.depth += 1;
            self.sequence(mode, Until::Brace);
            self.depth -= 1;
        }
        self.out.literal = None;
    }

    /// A ring that stands high is the sign of degrees.
    fn raised(&mut self) {
        self.out.literal = None;
        let start = self.out.text.len();
        self.atom(Mode::Formula);
        if self.out.text[start..].trim() == "∘" {
            self.out.text.truncate(start);
            self.out.sign("°");
        }
    }

    fn blanks(&mut self, mode: Mode) {
        self.skip_blanks();
        let next = self.peek();
        let is_kept = match (mode, self.out.literal, next) {
            (Mode::Text, ..) => true,
            (Mode::Formula, Some(last), Some(next)) => {
                !"([{".contains(last) && !"\\{}^_&~$)],;:".contains(next)
            }
            (Mode::Formula, Some(last), None) => ",;:".contains(last),
            // A sum's signs have as much space as the source gives them.
            (Mode::Formula, None, Some(next)) => "+-–—−".contains(next),
            (Mode::Formula, None, None) => false,
        };
        let is_kept = is_kept || self.out.literal.is_some_and(|c| "+-–—−,;:".contains(c));
        self.out.is_gap_due |= is_kept;
    }

    /// One argument: a group, a command or a character.
    fn atom(&mut self, mode: Mode) {
        self.skip_blanks();
        if self.depth >= MOST_DEPTH {
            return;
        }
        self.depth += 1;
        match self.peek() {
            Some('\\') => self.command(mode),
            Some('{') => {
                self.take();
                self.group(mode);
            }
            Some('}' | '$' | '^' | '_' | '&' | '~') | None => {}
            Some(c) => {
                self.take();
                self.out.sign(c.encode_utf8(&mut [0; 4]));
            }
        }
        self.depth -= 1;
    }

    /// What an argument shows.
    fn argument(&mut self, mode: Mode) -> String {
        let outer = std::mem::take(&mut self.out);
        self.atom(mode);
        std::mem::replace(&mut self.out, outer).text
    }

    /// Passes over an argument in `open` and `close`, when there is one.
    fn skip_argument(&mut self, open: char, close: char) {
        let inside = self.rest.trim_start();
        let Some(inside) = inside.strip_prefix(open) else {
            return;
        };
        let mut depth = 1_usize;
        for (at, c) in inside.char_indices() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
            }
            if depth == 0 {
                self.rest = &inside[at + close.len_utf8()..];
                return;
            }
        }
    }

    /// The text in the braces that come next, as it is.
    fn name_in_braces(&mut self) -> String {
        let near = &self.rest[..self.rest.floor_char_boundary(MOST_NAME)];
        let inside = near.trim_start().strip_prefix('{');
        let Some((name, _)) = inside.and_then(|inside| inside.split_once('}')) else {
            return String::new();
        };
        let blanks = near.len() - near.trim_start().len();
        self.rest = &self.rest[blanks + name.len() + 2..];
        name.to_owned()
    }

    fn command(&mut self, mode: Mode) {
        self.take();
        let length = self.rest.find(|c: char| !c.is_ascii_alphabetic());
        let (name, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        let name = name.to_owned();
        self.rest = rest;
        if name.is_empty() {
            return self.short_command();
        }
        self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
        self.skip_blanks();
        self.out.literal = None;
        self.word_command(&name, mode);
    }

    /// A command of one character that is no letter.
    fn short_command(&mut self) {
        match self.take() {
            Some('\\') => {
                self.skip_argument('[', ']');
                self.out.line_end();
            }
            Some(' ' | '\n' | '\t' | ',' | ';' | ':' | '>' | '/') => self.out.is_gap_due = true,
            Some('|') => self.out.sign("‖"),
            // Thin corrections, hyphenation, the marks around formulas and accents.
            Some('!' | '-' | '(' | ')' | '[' | ']' | '\'' | '`' | '"' | '^' | '~' | '=' | '.') => {}
            Some(c) => self.out.literal(c),
            None => {}
        }
    }

    fn word_command(&mut self, name: &str, mode: Mode) {
        match name {
            _ if TEXT.contains(&name) => self.atom(Mode::Text),
            "frac" | "dfrac" | "tfrac" | "cfrac" | "nicefrac" | "sfrac" => {
                let (over, under) = (self.argument(mode), self.argument(mode));
                self.out.sign(&format!("{over}/{under}"));
            }
            "binom" | "dbinom" | "tbinom" => {
                let (over, under) = (self.argument(mode), self.argument(mode));
                self.out.sign(&format!("{over} {under}"));
            }
            "sqrt" => {
                let root = self.root();
                self.out.sign(&format!("{root}√"));
                self.atom(mode);
            }
            "tag" => {
                let tag = self.argument(Mode::Text);
                self.out.is_gap_due = true;
                self.out.sign(&format!("({tag})"));
            }
            "begin" | "end" => self.environment(name == "begin"),
            "quad" | "qquad" | "space" | "enspace" | "thinspace" | "medspace" | "thickspace"
            | "hfill" | "par" | "item" => self.out.is_gap_due = true,
            "newline" | "cr" | "tabularnewline" => self.out.line_end(),
            _ if SIZED.contains(&name) => {
                self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
            }
            _ if SILENT.contains(&name) => {}
            _ if FUNCTIONS.contains(&name) => {
                self.out.sign(name);
                let is_apart = |c: char| c.is_alphanumeric() || c == '\\';
                self.out.is_gap_due = self.peek().is_some_and(is_apart);
            }
            _ => self.other_command(name),
        }
    }

    /// Which root it is, when that is said in brackets.
    fn root(&mut self) -> String {
        let near = &self.rest[..self.rest.floor_char_boundary(MOST_NAME)];
        let inside = near.strip_prefix('[');
        let Some((root, _)) = inside.and_then(|inside| inside.split_once(']')) else {
            return String::new();
        };
        let shown = formula(root);
        self.rest = &self.rest[root.len() + 2..];
        shown
    }

    fn other_command(&mut self, name: &str) {
        if let Some((_, n)) = HIDING.iter().find(|(hiding, _)| *hiding == name) {
            self.skip_argument('[', ']');
            for _ in 0..*n {
                self.skip_argument('{', '}');
                self.skip_argument('[', ']');
            }
            return;
        }
        match symbols::symbol(name) {
            Some(sign) if sign.chars().all(symbols::is_relation) => self.out.relation(sign),
            Some(sign) => self.out.sign(sign),
            None => {
                self.out.sign(name);
                self.out.is_gap_due = true;
            }
        }
    }

    /// `\begin{...}` and `\end{...}`: nothing of them shows, the columns' form neither.
    fn environment(&mut self, is_begin: bool) {
        let name = self.name_in_braces();
        if !is_begin {
            return;
        }
        let name = name.trim_end_matches('*');
        self.skip_argument('[', ']');
        let n = match name {
            "tabularx" | "tabulary" => 2,
            "array" | "tabular" | "longtable" | "alignat" => 1,
            _ => 0,
        };
        for _ in 0..n {
            self.skip_argument('{', '}');
        }
    }
}

#[cfg(test)]
mod tests;
