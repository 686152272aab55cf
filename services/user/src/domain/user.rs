//! Who signs in.

use souk_types::{Timestamp, UserId};

/// A customer with an account, or staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// As it was typed.
    pub email: String,
    pub name: String,
    /// BCP 47, such as `en`.
    pub locale: String,
    /// PHC string of Argon2id.
    pub password_hash: String,
    pub email_verified: bool,
    /// Grows by one with every change of the fields above.
    pub version: i64,
    /// How many events were stated about the user: the last one's sequence.
    pub events: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl User {
    /// False when the address was proved before.
    pub fn verify_email(&mut self, now: Timestamp) -> bool {
        let news = !self.email_verified;
        self.email_verified = true;
        self.updated_at = now;
        news
    }

    pub fn change_password(&mut self, password_hash: String, now: Timestamp) {
        self.password_hash = password_hash;
        self.updated_at = now;
    }

    /// False when nothing is different afterwards.
    pub fn change_profile(&mut self, name: Option<String>, locale: Option<String>, now: Timestamp) -> bool {
        let before = (self.name.clone(), self.locale.clone());
        self.name = name.unwrap_or_else(|| before.0.clone());
        self.locale = locale.unwrap_or_else(|| before.1.clone());
        let news = (&self.name, &self.locale) != (&before.0, &before.1);
        if news {
            self.updated_at = now;
        }
        news
    }
}
