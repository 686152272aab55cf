//! Bearer tokens: 256 random bits behind a prefix that says what leaked when one is found somewhere.
//!
//! A token is shown once and kept as its SHA-256 only. A fast hash is right here: nobody guesses 256 bits.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use souk_types::Chance;

/// Characters of 32 bytes in base64url.
const BODY_CHARACTERS: usize = 43;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    Session,
    ApiKey,
    Verification,
    PasswordReset,
}

impl SecretKind {
    pub const fn prefix(self) -> &'static str {
        match self {
            SecretKind::Session => "souk_s_",
            SecretKind::ApiKey => "souk_k_",
            SecretKind::Verification => "souk_v_",
            SecretKind::PasswordReset => "souk_r_",
        }
    }

    /// What a token claims to be; `None` for what this shop never gave out.
    pub fn of(token: &str) -> Option<SecretKind> {
        let kinds =
            [SecretKind::Session, SecretKind::ApiKey, SecretKind::Verification, SecretKind::PasswordReset];
        kinds.into_iter().find(|kind| {
            token
                .strip_prefix(kind.prefix())
                .is_some_and(|body| body.len() == BODY_CHARACTERS && body.is_ascii())
        })
    }
}

/// A new token, on its way to whoever may use it.
pub struct Secret(String);

impl Secret {
    pub fn new(kind: SecretKind, chance: &Chance) -> Secret {
        Secret(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(chance.bytes::<32>())))
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }

    /// Its last characters, by which people tell their keys apart.
    pub fn hint(&self) -> String {
        self.0[self.0.len() - 4..].to_owned()
    }

    /// The text itself, for the one reply or mail that carries it.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// Secrets are never printed.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is kept of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn of(token: &str) -> TokenHash {
        TokenHash(Sha256::digest(token.as_bytes()).into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_opens_and_nothing_else() {
        let chance = Chance::system();
        for kind in [SecretKind::Session, SecretKind::ApiKey, SecretKind::Verification] {
            let token = Secret::new(kind, &chance).reveal();
            assert_eq!(SecretKind::of(&token), Some(kind));
            assert_eq!(token.len(), 50);
        }
    }

    #[test]
    fn what_was_never_given_out_is_not_even_looked_up() {
        let long = format!("souk_s_{}", "a".repeat(44));
        let foreign = format!("souk_x_{}", "a".repeat(43));
        for token in ["", "souk_s_", "souk_s_short", &long, &foreign] {
            assert_eq!(SecretKind::of(token), None, "{token}");
        }
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new(SecretKind::ApiKey, &Chance::system())), "Secret(…)");
    }
}
