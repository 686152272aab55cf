//! A storefront as it was built: a template for each language and kind of page, and the files beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Files of the storefront that this binary was built with; none when `web/out` was empty.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web.rs"));
/// An export is some megabytes; whatever is larger is not one.
const BYTES_MAX: usize = 64 << 20;
const FILES_MAX: usize = 4_096;

/// A built storefront: its files by their path, such as `en/product.html`.
#[derive(Clone)]
pub struct Export {
    pub(super) files: BTreeMap<String, Bytes>,
}

/// Why an export cannot be used. Names the file and the rule.
#[derive(Debug, thiserror::Error)]
#[error("storefront: {file}: {rule}")]
pub struct ExportError {
    pub file: String,
    pub rule: String,
}

impl ExportError {
    pub(super) fn new(file: impl Into<String>, rule: impl ToString) -> ExportError {
        ExportError { file: file.into(), rule: rule.to_string() }
    }
}

impl Export {
    /// The one that the binary was built with.
    pub fn embedded() -> Option<Export> {
        let files: BTreeMap<_, _> =
            EMBEDDED.iter().map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))).collect();
        (!files.is_empty()).then_some(Export { files })
    }

    /// Reads one from a folder.
    pub fn read(folder: &Path) -> Result<Export, ExportError> {
        let mut paths = Vec::new();
        collect(folder, &mut paths).map_err(|error| ExportError::new(folder.display().to_string(), error))?;
        let (mut files, mut total) = (BTreeMap::new(), 0);
        for path in paths {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let bytes = fs::read(&path).map_err(|error| ExportError::new(&name, error))?;
            total += bytes.len();
            if total > BYTES_MAX || files.len() >= FILES_MAX {
                return Err(ExportError::new(&name, "the folder is too large to be an export"));
            }
            files.insert(name, Bytes::from(bytes));
        }
        Ok(Export { files })
    }

    pub(super) fn text(&self, file: &str) -> Result<&str, ExportError> {
        let bytes = self.files.get(file).ok_or_else(|| ExportError::new(file, "is missing"))?;
        std::str::from_utf8(bytes).map_err(|_| ExportError::new(file, "is not text"))
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, file: &str) -> Result<T, ExportError> {
        serde_json::from_str(self.text(file)?).map_err(|error| ExportError::new(file, error))
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}
