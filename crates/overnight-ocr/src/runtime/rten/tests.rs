use super::*;

#[test]
fn the_label_is_the_version_in_the_lock_file() {
    let lock = include_str!("../../../../../Cargo.lock");
    let label = LABEL.strip_suffix(" + depthwise").unwrap();
    let version = label.strip_prefix("rten ").unwrap();
    assert!(lock.contains(&format!("name = \"rten\"\nversion = \"{version}\"")));
}
