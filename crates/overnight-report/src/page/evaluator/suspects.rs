//! Samples whose reference may be wrong, with the part of the image to look at.

use overnight_record::result::CompareResult;

use crate::facts::StepResult;
use crate::number::counted;
use crate::page::image::Images;
use crate::text;

/// Suspects shown with their image; all of them are in the table.
const MAX_CARDS: usize = 6;
/// Places shown of one of them.
const MAX_PLACES: usize = 6;

/// A sample whose reference may be wrong.
pub(in crate::page) struct SuspectView {
    pub(in crate::page) id: String,
    pub(in crate::page) n: String,
    pub(in crate::page) crop: Option<String>,
    pub(in crate::page) thumbnail: Option<String>,
    pub(in crate::page) places: Vec<PlaceView>,
    /// Places that are not shown.
    pub(in crate::page) n_more: usize,
}

/// A place in a reference; an empty text is that there are no words.
pub(in crate::page) struct PlaceView {
    pub(in crate::page) reference: String,
    pub(in crate::page) both_read: String,
}

pub(super) fn views(result: &StepResult<CompareResult>, images: &mut Images) -> Vec<SuspectView> {
    let suspects = result.body().label_suspects.iter().take(MAX_CARDS);
    suspects
        .map(|suspect| {
            let crop = images.carry(&result.dir, suspect.crop.as_deref());
            let places = suspect.places.iter().take(MAX_PLACES);
            SuspectView {
                id: text::line(&suspect.id),
                n: counted(suspect.places.len(), "place"),
                thumbnail: images.carry(&result.dir, suspect.thumbnail.as_deref()),
                crop,
                places: places
                    .map(|place| PlaceView {
                        reference: text::clipped(&place.reference, 120),
                        both_read: text::clipped(&place.both_read, 120),
                    })
                    .collect(),
                n_more: suspect.places.len().saturating_sub(MAX_PLACES),
            }
        })
        .collect()
}
