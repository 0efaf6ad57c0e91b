//! Which way is up, as the file says.

use image::ImageDecoder;
use image::metadata::Orientation;

/// Reads the orientation from EXIF or, when EXIF has none, from XMP. Broken metadata
/// leaves the image as it is stored.
pub(crate) fn orientation_of(decoder: &mut impl ImageDecoder) -> Orientation {
    match decoder.orientation() {
        Ok(Orientation::NoTransforms) | Err(_) => decoder
            .xmp_metadata()
            .ok()
            .flatten()
            .and_then(|xmp| in_xmp(&xmp))
            .unwrap_or(Orientation::NoTransforms),
        Ok(orientation) => orientation,
    }
}

/// `tiff:Orientation` as an attribute (`="6"`) or as an element (`>6<`).
fn in_xmp(xmp: &[u8]) -> Option<Orientation> {
    let text = String::from_utf8_lossy(xmp);
    let (_, rest) = text.split_once("tiff:Orientation")?;
    let digit = rest
        .trim_start_matches([' ', '=', '"', '\'', '>'])
        .chars()
        .next()?;
    let value = u8::try_from(digit.to_digit(10)?).ok()?;
    Orientation::from_exif(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_xmp_are_read() {
        let read = |text: &str| in_xmp(text.as_bytes());
        assert_eq!(
            read("<x tiff:Orientation=\"3\"/>"),
            Some(Orientation::Rotate180)
        );
        assert_eq!(
            read("<tiff:Orientation>6</tiff:Orientation>"),
            Some(Orientation::Rotate90)
        );
        assert_eq!(read("tiff:Orientation=\"seven\""), None);
    }
}
