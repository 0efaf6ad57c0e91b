//! The YAML block a report begins with, in the form artifact rules expect.

use crate::facts::Night;
use crate::text;

/// Version of the artifact format the block follows.
const ADS_VERSION: &str = "1.0";

/// The block; `is_complete` says whether everything the report is about was carried out.
pub(crate) fn front_matter(night: &Night, title: &str, is_complete: bool) -> String {
    // A reader that looks for `---` anywhere must not find it inside a value.
    let quoted = |value: &str| {
        let value = text::line(value)
            .replace("---", "\u{2014}")
            .replace('\\', "\\\\")
            .replace('"', "\\\"");
        format!("\"{value}\"")
    };
    let status = if is_complete { "completed" } else { "draft" };
    format!(
        "---\ntitle: {}\ndate: {}\ntype: \"assessment\"\ncategory: \"evaluation\"\n\
         status: \"{status}\"\nversion: \"1.0\"\nads_version: \"{ADS_VERSION}\"\nrun: {}\n---\n\n",
        quoted(&format!("{title}: {}", night.record.project)),
        quoted(&night.clock.stamp(night.record.started)),
        quoted(night.record.run.as_str()),
    )
}
