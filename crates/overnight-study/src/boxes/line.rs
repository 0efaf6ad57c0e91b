//! One line of a page: the numbers of a box, a confidence where there is one, a text.

use overnight_metrics::boxes::{Outline, Point, TextBox};

/// Corners of one polygon.
const MOST_CORNERS: usize = 1_000;
/// Characters of one text.
const MOST_CHARACTERS: usize = 10_000;
/// Pixels from the origin, as many as a 32-bit integer holds.
const MOST_PIXELS: f64 = 2_147_483_647.0;

/// How a line gives its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxForm {
    /// Left, upper, right, lower edge.
    Ltrb,
    /// Four corners.
    Quad,
    /// Any number of corners.
    Poly,
}

impl BoxForm {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ltrb => "ltrb",
            Self::Quad => "quad",
            Self::Poly => "poly",
        }
    }

    /// What a line looks like, for messages.
    pub(super) fn expected(self, has_confidence: bool) -> String {
        let numbers = match self {
            Self::Ltrb => "left,top,right,bottom",
            Self::Quad => "x1,y1,x2,y2,x3,y3,x4,y4",
            Self::Poly => "x1,y1,...,xn,yn",
        };
        let confidence = if has_confidence { ",confidence" } else { "" };
        format!(
            "{numbers}{confidence}[,text], numbers in pixels (--box-type {})",
            self.name()
        )
    }
}

/// How the lines of an archive are to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineForm {
    pub(super) form: BoxForm,
    pub(super) has_confidence: bool,
    /// Whether the lines have texts. Only for polygons, where nothing else says which number
    /// is the last coordinate.
    pub(super) poly_text: bool,
}

/// A box and how sure its detector was.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    pub(super) box_: TextBox,
    /// 0 where lines have none.
    pub(super) confidence: f64,
}

/// Whether a line of polygons has numbers only, as many as a box takes.
pub(super) fn is_bare_poly(line: &str, has_confidence: bool) -> bool {
    let mut n = 0;
    line.split(',').all(|field| {
        n += 1;
        number(field).is_some()
    }) && n % 2 == usize::from(has_confidence)
}

/// The option that the lines of an archive ask for, when what is taken for text begins with
/// numbers in every one of them: the corners of a quadrilateral, or a confidence.
pub(super) fn misread_as_text(
    form: BoxForm,
    has_confidence: bool,
    lines: impl Iterator<Item = String>,
) -> Option<&'static str> {
    let n = match form {
        BoxForm::Ltrb => 4,
        BoxForm::Quad => 8,
        BoxForm::Poly => return None,
    };
    let (mut n_lines, mut corners, mut shares) = (0, form == BoxForm::Ltrb, !has_confidence);
    for line in lines {
        n_lines += 1;
        let mut rest = line.split(',').skip(n).map(|field| (field, number(field)));
        let first = rest.next();
        let is_share = |(field, value): (&str, Option<f64>)| {
            field.contains('.') && value.is_some_and(|value| (0.0..=1.0).contains(&value))
        };
        shares &= first.is_some_and(is_share);
        let more = first.into_iter().chain(rest).take(4);
        corners &= more.filter(|(_, value)| value.is_some()).count() == 4;
    }
    match (n_lines > 1, corners, shares) {
        (true, true, _) => Some("--box-type quad"),
        (true, _, true) => Some("--confidences"),
        _ => None,
    }
}

impl LineForm {
    /// The box of a line that is not blank, or what is wrong with it.
    pub(super) fn parse(&self, line: &str) -> Result<Found, String> {
        let n = match self.form {
            BoxForm::Ltrb => 4,
            BoxForm::Quad => 8,
            BoxForm::Poly => self.n_poly(line)?,
        };
        let mut rest = Some(line);
        let mut numbers = Vec::with_capacity(n);
        for index in 0..n {
            numbers.push(next_number(&mut rest).map_err(|field| match field {
                Some(field) => format!("`{}` is not a number of pixels", clipped(field)),
                None => format!("{index} numbers instead of {n}"),
            })?);
        }
        if let Some(far) = numbers.iter().find(|number| number.abs() > MOST_PIXELS) {
            return Err(format!("{far} is outside any image"));
        }
        let confidence = if self.has_confidence {
            next_number(&mut rest).map_err(|field| {
                let field = field.unwrap_or_default();
                format!("`{}` is not a confidence", clipped(field))
            })?
        } else {
            0.0
        };
        let text = rest.map(|text| match self.form {
            BoxForm::Poly => text.to_owned(),
            _ => unquoted(text),
        });
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > MOST_CHARACTERS)
        {
            return Err(format!("a text of more than {MOST_CHARACTERS} characters"));
        }
        let outline = self.outline(&numbers)?;
        Ok(Found {
            box_: TextBox { outline, text },
            confidence,
        })
    }

    fn outline(&self, numbers: &[f64]) -> Result<Outline, String> {
        let corner = |index: usize| -> Point { [numbers[2 * index], numbers[2 * index + 1]] };
        Ok(match self.form {
            BoxForm::Ltrb => {
                let ([left, top], [right, bottom]) = (corner(0), corner(1));
                if left > right || top > bottom {
                    return Err("the right or lower edge comes before the left or upper one".into());
                }
                Outline::ltrb(left, top, right, bottom)
            }
            BoxForm::Quad => Outline::Quad([corner(0), corner(1), corner(2), corner(3)]),
            BoxForm::Poly => Outline::Poly((0..numbers.len() / 2).map(corner).collect()),
        })
    }

    /// How many numbers are coordinates: the longest even run at the beginning that leaves
    /// the fields which must follow.
    fn n_poly(&self, line: &str) -> Result<usize, String> {
        let n_fields = line.split(',').count();
        let n_numbers = line.split(',').take_while(|f| number(f).is_some()).count();
        let n_after = usize::from(self.has_confidence);
        let most = n_numbers
            .saturating_sub(n_after)
            .min(n_fields.saturating_sub(n_after + usize::from(self.poly_text)));
        let n = most - most % 2;
        if n < 2 {
            return Err("no corner of a polygon".to_owned());
        }
        if n / 2 > MOST_CORNERS {
            return Err(format!("a polygon of more than {MOST_CORNERS} corners"));
        }
        Ok(n)
    }
}

/// Takes the field before the next comma off `rest`; gives it back when it is no number, and
/// nothing when there is none.
fn next_number<'a>(rest: &mut Option<&'a str>) -> Result<f64, Option<&'a str>> {
    let line = rest.ok_or(None)?;
    let (field, tail) = match line.split_once(',') {
        Some((field, tail)) => (field, Some(tail)),
        None => (line, None),
    };
    let value = number(field).ok_or(Some(field))?;
    *rest = tail;
    Ok(value)
}

/// A decimal number, spaces around it allowed.
fn number(field: &str) -> Option<f64> {
    let field = field.trim();
    let is_plain = field
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    if is_plain { field.parse().ok() } else { None }
}

/// A text in double quotes without them, `\\` and `\"` replaced as the published programs do:
/// the former in the whole text first.
fn unquoted(text: &str) -> String {
    let inner = text
        .trim()
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.map_or_else(
        || text.to_owned(),
        |inner| inner.replace("\\\\", "\\").replace("\\\"", "\""),
    )
}

fn clipped(field: &str) -> String {
    let mut clipped: String = field.chars().take(40).collect();
    if clipped.len() < field.len() {
        clipped.push('…');
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(form: BoxForm, has_confidence: bool, line: &str) -> Result<Found, String> {
        let poly_text = !is_bare_poly(line, has_confidence);
        let form = LineForm {
            form,
            has_confidence,
            poly_text,
        };
        form.parse(line)
    }

    fn text(form: BoxForm, line: &str) -> Option<String> {
        parse(form, false, line).unwrap().box_.text
    }

    #[test]
    fn everything_after_the_numbers_is_text() {
        let of = |line| text(BoxForm::Ltrb, line);
        assert_eq!(of("0,0,9,9"), None);
        assert_eq!(of("0,0,9,9,"), Some(String::new()));
        assert_eq!(
            of(" 0 , -3,9,9.5, 1,200.00 "),
            Some(" 1,200.00 ".to_owned())
        );
        assert_eq!(
            of(r#"0,0,9,9, "a \"b\" \\ c" "#),
            Some(r#"a "b" \ c"#.to_owned())
        );
        assert_eq!(of("0,0,9,9,\""), Some("\"".to_owned()));
        assert_eq!(
            text(BoxForm::Quad, "0,0,9,0,9,9,0,9,7"),
            Some("7".to_owned())
        );
    }

    #[test]
    fn a_polygon_ends_where_its_text_begins() {
        let of = |line| {
            let found = parse(BoxForm::Poly, false, line).unwrap().box_;
            (found.outline.corners().len(), found.text)
        };
        assert_eq!(of("0,0,9,0,9,9"), (3, None));
        assert_eq!(
            of("0,0,9,0,9,9,TOTAL, 12"),
            (3, Some("TOTAL, 12".to_owned()))
        );
        assert_eq!(of("0,0,9,0,9,9,12"), (3, Some("12".to_owned())));
        assert_eq!(of("0,0,9,0,9,9,"), (3, Some(String::new())));
        let sure = parse(BoxForm::Poly, true, "0,0,9,0,9,9,0.5,12").unwrap();
        assert_eq!(
            (sure.confidence, sure.box_.text.as_deref()),
            (0.5, Some("12"))
        );
        let bare = parse(BoxForm::Poly, true, "0,0,9,0,9,9,0.5").unwrap();
        assert_eq!((bare.confidence, bare.box_.text), (0.5, None));
    }

    #[test]
    fn numbers_in_every_text_are_no_texts() {
        let of = |form, lines: &[&str]| {
            misread_as_text(form, false, lines.iter().map(|&line| line.to_owned()))
        };
        let quads = ["0,0,9,0,9,9,0,9,a", "0,0,9,0,9,9,0,9,b"];
        assert_eq!(of(BoxForm::Ltrb, &quads), Some("--box-type quad"));
        assert_eq!(of(BoxForm::Quad, &quads), None);
        let sure = ["0,0,9,9,0.98,a", "0,0,9,9,1.0,b"];
        assert_eq!(of(BoxForm::Ltrb, &sure), Some("--confidences"));
        assert_eq!(
            of(BoxForm::Ltrb, &["0,0,9,9,0.98", "0,0,9,9,1,200.00"]),
            None
        );
        assert_eq!(of(BoxForm::Ltrb, &[]), None);
    }

    #[test]
    fn a_line_that_is_no_box_says_why() {
        let why = |form, has_confidence, line| parse(form, has_confidence, line).unwrap_err();
        assert_eq!(
            why(BoxForm::Ltrb, false, "0,0,x,9"),
            "`x` is not a number of pixels"
        );
        assert_eq!(
            why(BoxForm::Quad, false, "0,0,9,9"),
            "4 numbers instead of 8"
        );
        assert_eq!(
            why(BoxForm::Ltrb, true, "0,0,9,9,text"),
            "`text` is not a confidence"
        );
        assert_eq!(
            why(BoxForm::Ltrb, true, "0,0,9,9"),
            "`` is not a confidence"
        );
        assert_eq!(
            why(BoxForm::Ltrb, false, "9,0,0,9"),
            "the right or lower edge comes before the left or upper one"
        );
        assert_eq!(why(BoxForm::Poly, false, "TOTAL"), "no corner of a polygon");
        assert!(why(BoxForm::Ltrb, false, "0,0,9,9999999999").ends_with("outside any image"));
        assert!(why(BoxForm::Ltrb, false, "0,0,9,inf").starts_with("`inf`"));
    }
}
