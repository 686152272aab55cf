//! Opens the folder of the index, or makes it anew. Beside tantivy's files stands one of ours that says which
//! schema they follow and whether they have ever been complete.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::Index;

use super::schema::{Fields, VERSION};
use super::{Result, analyze};

const STATE: &str = "souk-search.json";

#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    complete: bool,
}

/// The index and whether it is complete.
pub(super) fn open_or_create(dir: &Path) -> Result<(Index, bool)> {
    fs::create_dir_all(dir)?;
    if let Some((index, complete)) = existing(dir) {
        return Ok((index, complete));
    }
    tracing::info!(dir = %dir.display(), "a new search index, to be filled");
    empty(dir)?;
    write_state(dir, false)?;
    let index = Index::create_in_dir(dir, Fields::schema())?;
    analyze::register(&index);
    Ok((index, false))
}

/// The index that is there, if all of it can be read and it follows this version's schema.
fn existing(dir: &Path) -> Option<(Index, bool)> {
    let state: State = serde_json::from_slice(&fs::read(dir.join(STATE)).ok()?).ok()?;
    if state.version != VERSION {
        tracing::info!(found = state.version, wanted = VERSION, "the search index has another schema");
        return None;
    }
    let index = Index::open_in_dir(dir).ok()?;
    if index.schema() != Fields::schema() {
        return None;
    }
    match index.validate_checksum() {
        Ok(damaged) if damaged.is_empty() => {}
        Ok(damaged) => {
            tracing::warn!(files = damaged.len(), "the search index is damaged");
            return None;
        }
        Err(error) => {
            tracing::warn!(%error, "the search index cannot be read");
            return None;
        }
    }
    analyze::register(&index);
    Some((index, state.complete))
}

/// Writes aside and renames, so that a crash leaves the old state or the new one.
pub(super) fn write_state(dir: &Path, complete: bool) -> Result<()> {
    let aside = dir.join("souk-search.json.new");
    let state = serde_json::to_vec(&State { version: VERSION, complete }).map_err(std::io::Error::from)?;
    fs::write(&aside, state)?;
    fs::File::open(&aside)?.sync_all()?;
    fs::rename(aside, dir.join(STATE))?;
    Ok(())
}

/// Only plain files are ours; a folder in there is somebody's mistake and stays.
fn empty(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
