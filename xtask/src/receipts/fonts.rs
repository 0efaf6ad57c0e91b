//! Finds the fonts to render with on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use ab_glyph::Font as _;
use ab_glyph::{FontVec, PxScale, ScaleFont as _};
use anyhow::Context as _;

/// Font files we know to look well on a receipt, in the order they are dealt out.
const LATIN: &[&str] = &[
    "DejaVuSansMono.ttf",
    "DejaVuSans.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSansMono-Bold.ttf",
    "DejaVuSansCondensed.ttf",
    "DejaVuSerifCondensed.ttf",
    "LiberationMono-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSerif-Regular.ttf",
    "NotoSansMono-Regular.ttf",
];

/// Files with Hangul; the number is the Korean face within a collection.
const HANGUL: &[(&str, u32)] = &[
    ("NotoSansCJK-Regular.ttc", 1),
    ("NotoSerifCJK-Regular.ttc", 1),
    ("NotoSansKR-Regular.otf", 0),
    ("NanumGothic.ttf", 0),
    ("UnDotum.ttf", 0),
];

/// The fonts found.
pub(crate) struct Fonts {
    pub(crate) latin: Vec<FontVec>,
    /// Empty when no font with Hangul is installed.
    pub(crate) hangul: Vec<FontVec>,
}

impl Fonts {
    /// Looks through the system's font folders.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let home = std::env::var_os("HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        for folder in [
            PathBuf::from("/usr/share/fonts"),
            PathBuf::from("/usr/local/share/fonts"),
            home.join(".local/share/fonts"),
            PathBuf::from("/System/Library/Fonts"),
            PathBuf::from("/Library/Fonts"),
        ] {
            collect(&folder, &mut files);
        }
        files.sort();
        let mut fonts = Self {
            latin: Vec::new(),
            hangul: Vec::new(),
        };
        for name in LATIN {
            fonts.latin.extend(load(&files, name, 0)?);
        }
        for (name, face) in HANGUL {
            fonts.hangul.extend(load(&files, name, *face)?);
        }
        anyhow::ensure!(
            !fonts.latin.is_empty(),
            "no known font is installed; on Debian: apt-get install fonts-dejavu"
        );
        Ok(fonts)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    // A folder that is absent or closed to us has no fonts for us.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn load(files: &[PathBuf], name: &str, face: u32) -> anyhow::Result<Option<FontVec>> {
    let Some(path) = files.iter().find(|path| path.ends_with(name)) else {
        return Ok(None);
    };
    let bytes = fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    let font = FontVec::try_from_vec_and_index(bytes, face)
        .with_context(|| format!("failed to load the font {}", path.display()))?;
    Ok(Some(font))
}

/// Width in pixels of `text` set in `font` at `size` (height of ascent plus descent).
pub(crate) fn width(font: &FontVec, size: f32, text: &str) -> f32 {
    let font = font.as_scaled(PxScale::from(size));
    let mut width = 0.0;
    let mut previous = None;
    for character in text.chars() {
        let glyph = font.glyph_id(character);
        if let Some(previous) = previous {
            width += font.kern(previous, glyph);
        }
        width += font.h_advance(glyph);
        previous = Some(glyph);
    }
    width
}
