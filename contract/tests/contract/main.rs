//! The words of the contract as they stand on the wire. A snapshot that changes is a release that its neighbors
//! may not understand: types only gain fields, each with a default.

mod events;
mod examples;
mod messages;
mod older;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Compares with the committed JSON and reads it back: whoever writes it understands it.
fn speaks<T: Serialize + DeserializeOwned>(name: &str, example: &T) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_json_snapshot!(name, example));
    let json = serde_json::to_value(example).expect("writes");
    let read: T = serde_json::from_value(json.clone()).expect("reads what it wrote");
    assert_eq!(serde_json::to_value(&read).expect("writes"), json, "{name}");
}
