//! E-mail addresses: shown as they were typed, found without regard to case.

use std::fmt;

use sha2::{Digest, Sha256};

/// What the shop takes for an e-mail address, for the API description; `Rules::email` checks the same.
pub const EMAIL_PATTERN: &str = r"^(?![^@]*\.\.)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,62}[A-Za-z0-9!#$%&'*+/=?^_`{|}~-])?@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";

/// An address in the form that decides whether two are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailKey(String);

impl EmailKey {
    /// Addresses are ASCII here, so lowering the case has no surprises.
    pub fn of(email: &str) -> EmailKey {
        EmailKey(email.to_ascii_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Stands for the address where it must not be readable.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_make_another_address() {
        assert_eq!(EmailKey::of("Ada@Example.COM"), EmailKey::of("ada@example.com"));
        assert_ne!(EmailKey::of("ada@example.com"), EmailKey::of("ada@example.org"));
    }
}
