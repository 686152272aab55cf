//! Keys of other companies: read from a file or from the environment, never from the configuration itself, and never shown.

use std::path::{Path, PathBuf};

/// The longest key that is taken; a larger file is something else.
const KEY_CHARS_MAX: usize = 512;
/// Keys that are good at the same time.
const KEYS_MAX: usize = 4;

/// A key that is in nobody's log.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

/// Why a key could not be had. Names the place, never the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("{what}: {path} cannot be read: {why}", path = .path.display())]
    Unreadable { what: &'static str, path: PathBuf, why: String },
    #[error("{what} is missing: name a file in the configuration, or set {variable}")]
    Missing { what: &'static str, variable: &'static str },
    #[error("{what} is not a key: {wanted} of visible characters")]
    Unfit { what: &'static str, wanted: &'static str },
}

impl SecretKey {
    pub fn new(key: impl Into<String>) -> SecretKey {
        SecretKey(key.into())
    }

    /// The key itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The one key of the file if there is a file, of the environment otherwise.
    pub fn read(
        what: &'static str,
        file: Option<&Path>,
        variable: &'static str,
    ) -> Result<SecretKey, SecretError> {
        let mut keys = SecretKey::read_all(what, file, variable)?;
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => Ok(key),
            _ => Err(SecretError::Unfit { what, wanted: "one line" }),
        }
    }

    /// As [`read`](SecretKey::read), one key a line: while a key is being replaced, the old and the new one are good.
    pub fn read_all(
        what: &'static str,
        file: Option<&Path>,
        variable: &'static str,
    ) -> Result<Vec<SecretKey>, SecretError> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| SecretError::Unreadable {
                what,
                path: path.to_owned(),
                why: error.to_string(),
            })?,
            None => std::env::var(variable).map_err(|_| SecretError::Missing { what, variable })?,
        };
        let keys: Vec<&str> = text.split_whitespace().collect();
        let fit = |key: &&str| key.len() <= KEY_CHARS_MAX && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !(1..=KEYS_MAX).contains(&keys.len()) || !keys.iter().all(fit) {
            return Err(SecretError::Unfit { what, wanted: "one line, or a few" });
        }
        Ok(keys.into_iter().map(SecretKey::new).collect())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown_and_an_error_names_the_place_only() {
        assert!(!format!("{:?}", SecretKey::new("sk_test_canary")).contains("canary"));
        let missing = SecretKey::read("the key", Some(Path::new("/nowhere/key")), "SOUK_NO_SUCH_VARIABLE");
        assert!(missing.expect_err("no file").to_string().contains("/nowhere/key"));
        let missing = SecretKey::read("the key", None, "SOUK_NO_SUCH_VARIABLE").expect_err("not set");
        assert!(missing.to_string().contains("SOUK_NO_SUCH_VARIABLE"));
    }
}
