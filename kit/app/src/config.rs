//! One TOML file for the whole shop; what is not written there has its default.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Why a configuration was refused. Names the file and, for a key, where it stands.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path}: {message}")]
    Invalid { path: String, message: String },
}

/// Reads `path`; the default configuration without one. Unknown keys are refused, since they are typing errors.
pub fn load<T: DeserializeOwned + Default>(path: Option<&Path>) -> Result<T, ConfigError> {
    let Some(path) = path else { return Ok(T::default()) };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: shown.clone(), source })?;
    toml::from_str(&text).map_err(|error| ConfigError::Invalid { path: shown, message: error.to_string() })
}
