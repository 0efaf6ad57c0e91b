//! Which way is up, as the file says.

use image::ImageDecoder;
use image::metadata::Orientation;

/// Reads the orientation from EXIF or, when EXIF has none, from XMP. Broken metadata
/// leaves the image as it is stored.
pub(crate) fn orientation_of(decoder: &mut impl ImageDecoder) -> Orientation {
    let exif = decoder.exif_metadata().ok().flatten();
    let xmp = decoder.xmp_metadata().ok().flatten();
    orientation_in(exif.as_deref(), xmp.as_deref())
}

/// The orientation that EXIF or, when it has none, XMP says.
pub(crate) fn orientation_in(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Orientation {
    let in_exif =
        exif.and_then(|exif| Orientation::from_exif_chunk(exif).or_else(|| in_prefixed_exif(exif)));
    in_exif
        .filter(|orientation| *orientation != Orientation::NoTransforms)
        .or_else(|| xmp.and_then(in_xmp))
        .unwrap_or(Orientation::NoTransforms)
}

/// Some writers of WebP keep the prefix that EXIF has in JPEG files.
fn in_prefixed_exif(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif.strip_prefix(b"Exif\0\0")?)
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
    fn the_prefix_of_jpeg_does_not_hide_the_orientation() {
        // Little-endian TIFF, one entry: tag 0x0112, SHORT, one value: 6.
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let prefixed = [b"Exif\0\0".as_slice(), tiff].concat();
        assert_eq!(in_prefixed_exif(&prefixed), Some(Orientation::Rotate90));
        assert_eq!(in_prefixed_exif(tiff), None);
    }

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
