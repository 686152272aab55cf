//! The rules about users. No async and no I/O: what is decided here is remembered in `store`.

mod address_book;
mod api_key;
mod email;
mod password;
mod role;
mod roster;
mod secret;
mod session;
mod user;

pub use address_book::{AddressBook, BookError, Entry};
pub use api_key::ApiKey;
pub use email::{EMAIL_PATTERN, EmailKey};
pub use password::{MAX_CHARACTERS, MIN_CHARACTERS, Weakness, strength};
pub use role::{Role, granted, parse_permissions, permission_names};
pub use roster::{Member, Roster, RosterError};
pub use secret::{Secret, SecretKind, TokenHash};
pub use session::{Lifetimes, Session};
pub use user::User;
