//! Where on the image the worst line is.

use overnight_metrics::{Profile, substring_distance};
use overnight_record::Line;

/// The surroundings of the line that is hardest to find in the reference: left, top, width,
/// height in pixels of the upright image, not yet clipped to it. `None` when no line has a
/// place or every line is found as it is.
///
/// A line is measured by its least distance to any stretch of the reference, so it does not
/// matter whether the reference breaks its lines where the prediction does.
pub(super) fn worst_line<'a>(
    lines: impl Iterator<Item = &'a Line>,
    reference: &str,
    profile: &Profile,
) -> Option<[f32; 4]> {
    let reference = profile.unit.split(&profile.normalisation.apply(reference));
    let mut worst: Option<(u64, &Line)> = None;
    for line in lines.filter(|line| !line.polygon.is_empty()) {
        let text = profile.unit.split(&profile.normalisation.apply(&line.text));
        let distance = substring_distance(&text, &reference);
        if distance > worst.map_or(0, |(most, _)| most) {
            worst = Some((distance, line));
        }
    }
    worst.and_then(|(_, line)| surroundings(&line.polygon))
}

/// The bounding box of a polygon with a margin as wide as the line is high, so that the
/// neighbours can be seen.
pub(super) fn surroundings(polygon: &[[f32; 2]]) -> Option<[f32; 4]> {
    let range = |axis: usize| {
        let values = polygon.iter().map(|corner| corner[axis]);
        values.fold((f32::MAX, f32::MIN), |(low, high), v| {
            (low.min(v), high.max(v))
        })
    };
    let ((left, right), (top, bottom)) = (range(0), range(1));
    let (width, height) = (right - left, bottom - top);
    let is_usable = [left, top, width, height].iter().all(|v| v.is_finite());
    if !is_usable || width <= 0.0 || height <= 0.0 {
        return None;
    }
    let margin = height.min(width).max(8.0);
    Some([
        left - margin,
        top - margin,
        width + 2.0 * margin,
        height + 2.0 * margin,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, top: f32) -> Line {
        Line {
            polygon: vec![
                [10.0, top],
                [110.0, top],
                [110.0, top + 20.0],
                [10.0, top + 20.0],
            ],
            text: text.to_owned(),
            confidence: None,
        }
    }

    #[test]
    fn the_line_that_is_least_in_the_reference() {
        let profile = Profile::built_in("default").unwrap();
        let lines = [
            line("SHOP", 0.0),
            line("T0T4L 9.5O", 100.0),
            line("THANK", 200.0),
        ];
        let region = worst_line(lines.iter(), "SHOP\nTOTAL 9.50 THANK YOU", &profile);
        assert_eq!(region, Some([-10.0, 80.0, 140.0, 60.0]));
        assert_eq!(worst_line(lines[..1].iter(), "MY SHOP", &profile), None);
        let mut nowhere = line("x", 0.0);
        nowhere.polygon.clear();
        assert_eq!(worst_line([nowhere].iter(), "y", &profile), None);
        let mut broken = line("x", 0.0);
        broken.polygon[0][0] = f32::NAN;
        broken.polygon.truncate(1);
        assert_eq!(worst_line([broken].iter(), "y", &profile), None);
    }
}
