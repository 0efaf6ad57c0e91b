//! Format `omnidocbench`: one JSON file with the elements of every page, as OmniDocBench has it.
//!
//! A page's reference is the text of its elements in their order: of what OmniDocBench's own
//! end-to-end evaluation matches as text, formulas and tables, all but what stands on the page's
//! edge (headers, footers, page numbers, notes at the foot), which it matches only to leave it
//! out of the score. What carries `ignore` is left out. Text that runs on in another element
//! (`truncated`) is one paragraph. docs/studies.md has the whole table, docs/metrics.md what it
//! means for a score.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use overnight_ocr::markdown;
use serde::Deserialize;

use super::{DatasetError, Sample, images, text};

/// Elements that are text of the page; all others are pictures, groups, masks or its edge.
const TEXTS: [&str; 14] = [
    "title",
    "text_block",
    "reference",
    "code_txt",
    "code_txt_caption",
    "code_algorithm",
    "code_algorithm_caption",
    "equation_isolated",
    "equation_caption",
    "figure_caption",
    "figure_footnote",
    "table",
    "table_caption",
    "table_footnote",
];

#[derive(Deserialize)]
struct Page {
    layout_dets: Vec<Element>,
    page_info: PageInfo,
    #[serde(default)]
    extra: Option<Extra>,
}

#[derive(Deserialize)]
struct PageInfo {
    image_path: String,
    #[serde(default)]
    page_attribute: Option<PageAttribute>,
}

#[derive(Default, Deserialize)]
struct PageAttribute {
    #[serde(default)]
    language: Option<String>,
}

#[derive(Deserialize)]
struct Element {
    category_type: String,
    #[serde(default)]
    ignore: Option<bool>,
    #[serde(default)]
    order: Option<f64>,
    #[serde(default)]
    anno_id: Option<i64>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    html: Option<String>,
    #[serde(default)]
    latex: Option<String>,
    /// Parts of an element that was put together from several.
    #[serde(default)]
    merge_list: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Default, Deserialize)]
struct Extra {
    #[serde(default)]
    relation: Option<Vec<Relation>>,
}

#[derive(Deserialize)]
struct Relation {
    #[serde(default)]
    relation_type: Option<String>,
    source_anno_id: i64,
    target_anno_id: i64,
}

/// Loads from the folder, or from the JSON file itself.
pub(super) fn load(path: &Path) -> Result<Vec<Sample>, DatasetError> {
    let Some(file) = annotations(path)? else {
        return Ok(Vec::new());
    };
    let malformed = |line, reason| DatasetError::Malformed {
        path: file.clone(),
        line,
        reason,
    };
    let content = text::read(&file)?;
    let pages: Vec<Page> = serde_json::from_str(&content).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or(&reason);
        let reason = format!(
            "the pages are not as OmniDocBench has them: {reason} (column {})",
            error.column()
        );
        malformed(Some(error.line()), reason)
    })?;
    let root = file.parent().unwrap_or(Path::new("."));
    let paths: Vec<&str> = pages
        .iter()
        .map(|page| page.page_info.image_path.as_str())
        .collect();
    let ids = ids(&paths).map_err(|reason| malformed(None, reason))?;
    Ok(pages
        .iter()
        .zip(ids)
        .map(|(page, id)| page.sample(id, root))
        .collect())
}

/// The file with the pages: the path itself, `gt.json` in it, or the only JSON file in it.
fn annotations(path: &Path) -> Result<Option<PathBuf>, DatasetError> {
    if !path.is_dir() {
        return Ok(Some(path.to_owned()));
    }
    let usual = path.join("gt.json");
    if usual.is_file() {
        return Ok(Some(usual));
    }
    let files = images::with_extension(path, &["json"])?;
    if files.len() > 1 {
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        return Err(DatasetError::Malformed {
            path: path.to_owned(),
            line: None,
            reason: format!(
                "there are several JSON files ({}) and none is gt.json; name the file itself",
                names.join(", ")
            ),
        });
    }
    Ok(files.into_values().next())
}

/// An id for every image: its name without extension, as predictions are named; with it where
/// two pages differ in nothing else, and the whole path where that is not enough either.
fn ids(paths: &[&str]) -> Result<Vec<String>, String> {
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let forms: [&dyn Fn(&str) -> String; 3] = [
        &|path| images::stem(&name(path)),
        &|path| name(path),
        &|path| path.to_owned(),
    ];
    let counts = forms.map(|form| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for path in paths {
            *counts.entry(form(path)).or_default() += 1;
        }
        counts
    });
    paths
        .iter()
        .enumerate()
        .map(|(index, path)| {
            if name(path).trim().is_empty() {
                return Err(format!("page {} names no image: `{path}`", index + 1));
            }
            let candidates = forms.iter().zip(&counts);
            let mut candidates = candidates.map(|(form, counts)| (form(path), counts));
            candidates
                .find(|(id, counts)| counts[id] == 1)
                .map(|(id, _)| id)
                .ok_or_else(|| format!("page {}: the image `{path}` has several pages", index + 1))
        })
        .collect()
}

impl Page {
    fn sample(&self, id: String, root: &Path) -> Sample {
        let (image, path) = image(root, &self.page_info.image_path);
        let attribute = self.page_info.page_attribute.as_ref();
        let language = attribute.and_then(|attribute| attribute.language.as_ref());
        Sample {
            id,
            image,
            path,
            reference: Some(self.reference()),
            fields: BTreeMap::new(),
            // `French` and `english` stand in one file.
            language: language.map(|language| language.to_lowercase()),
        }
    }

    fn reference(&self) -> String {
        let mut elements: Vec<&Element> = self
            .layout_dets
            .iter()
            .filter(|element| element.is_text())
            .collect();
        // As OmniDocBench sorts them: what has no place comes first.
        elements.sort_by(|a, b| a.order.unwrap_or(0.0).total_cmp(&b.order.unwrap_or(0.0)));
        let texts: Vec<String> = self
            .paragraphs(&elements)
            .iter()
            .map(|paragraph| {
                let texts = paragraph.iter().map(|&index| elements[index].shown());
                texts.fold(String::new(), |so_far, next| run_on(&so_far, &next))
            })
            .filter(|text| !text.is_empty())
            .collect();
        texts.join("\n")
    }

    /// Which elements are one paragraph, by their indices in order; a paragraph stands where its
    /// first element does.
    fn paragraphs(&self, elements: &[&Element]) -> Vec<Vec<usize>> {
        let known: HashMap<i64, usize> = elements
            .iter()
            .enumerate()
            .filter_map(|(index, element)| Some((element.anno_id?, index)))
            .collect();
        // The first element of each one's paragraph.
        let mut first: Vec<usize> = (0..elements.len()).collect();
        let relations = self
            .extra
            .iter()
            .flat_map(|extra| extra.relation.iter().flatten());
        for relation in relations {
            let is_one = relation.relation_type.as_deref() == Some("truncated");
            let ends = [relation.source_anno_id, relation.target_anno_id];
            let [Some(&a), Some(&b)] = ends.map(|id| known.get(&id)) else {
                continue;
            };
            if is_one {
                let (a, b) = (first[a].min(first[b]), first[a].max(first[b]));
                for of in &mut first {
                    if *of == b {
                        *of = a;
                    }
                }
            }
        }
        let mut paragraphs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, first) in first.into_iter().enumerate() {
            paragraphs.entry(first).or_default().push(index);
        }
        paragraphs.into_values().collect()
    }
}

impl Element {
    fn is_text(&self) -> bool {
        TEXTS.contains(&self.category_type.as_str()) && self.ignore != Some(true)
    }

    /// Its text as it is scored.
    fn shown(&self) -> String {
        let is_there = |text: &&String| !text.trim().is_empty();
        let html = self.html.as_ref().filter(is_there);
        let latex = self.latex.as_ref().filter(is_there);
        let text = self.text.as_ref().filter(is_there);
        let shown = match self.category_type.as_str() {
            "table" => html
                .map(|html| markdown::html_table_text(html))
                .or_else(|| latex.map(|latex| markdown::latex_table_text(latex))),
            "equation_isolated" => latex.map(|latex| markdown::formula_text(latex)),
            _ => None,
        };
        let plain = || text.map(|text| markdown::formulas_as_text(text));
        let parts = || {
            let parts = self.merge_list.iter().flatten();
            let texts: Vec<String> = parts
                .filter_map(|part| part.text.as_deref())
                .map(markdown::formulas_as_text)
                .collect();
            texts.join("\n")
        };
        let shown = shown.or_else(plain).unwrap_or_else(parts);
        shown.trim().to_owned()
    }
}

/// A paragraph with what follows of it elsewhere: a blank between them where the script has any.
fn run_on(paragraph: &str, next: &str) -> String {
    let is_end = paragraph.is_empty() || next.is_empty();
    let ends = [paragraph.chars().next_back(), next.chars().next()];
    let is_unspaced = ends.into_iter().flatten().any(is_han_or_kana);
    let between = if is_end || is_unspaced { "" } else { " " };
    format!("{paragraph}{between}{next}")
}

/// Whether a character belongs to writing that puts no blanks between words, its punctuation
/// and wide forms included.
fn is_han_or_kana(c: char) -> bool {
    matches!(
        c,
        '\u{3000}'..='\u{30ff}'
            | '\u{31f0}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// The image relative to the dataset's folder, and its path. Where none of the usual places has
/// it, the likeliest is named: it must show up as missing.
fn image(root: &Path, named: &str) -> (String, PathBuf) {
    let named = named.replace('\\', "/");
    let name = named.rsplit('/').next().unwrap_or(&named);
    let places = ["img/", "images/", ""];
    let candidates =
        [named.as_str(), name].map(|image| places.map(|place| format!("{place}{image}")));
    let found = candidates
        .iter()
        .flatten()
        .find(|image| root.join(image).is_file());
    let likely = || {
        let place = places.iter().find(|place| root.join(place).is_dir());
        format!("{}{name}", place.unwrap_or(&""))
    };
    let image = found.cloned().unwrap_or_else(likely);
    let path = root.join(&image);
    (image, path)
}

#[cfg(test)]
mod tests;
