//! What a mail is and what it says; pure.

mod letter;
mod mail;
mod money;
mod retry;
pub mod webhook;

pub use letter::{
    AccountLetter, CanceledLetter, LetterLine, PlacedLetter, RefundedLetter, ShippedLetter,
    ShippedLetterLine, TokenLetter,
};
pub use mail::{Mail, MailState, Rendered};
pub use money::format_money;
pub use retry::retry_after;
