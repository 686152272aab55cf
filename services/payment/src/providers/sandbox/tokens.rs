//! The published test tokens. The README of the service lists them; a test compares the two.

/// What a token makes the sandbox do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Approved,
    Declined,
    InsufficientFunds,
    /// The buyer has to confirm on the challenge page.
    NeedsBuyer,
    /// The call times out; the record says authorized.
    TimeoutThenSucceeds,
    /// The call answers 500; the record says authorized.
    FailsAfterSuccess,
    /// Approved, after `slow_ms`.
    Slow,
    /// Approved, and every webhook comes twice.
    WebhookTwice,
    /// The call does not say; the webhook comes after `webhook_late_ms`.
    WebhookLate,
    /// Approved, and the webhook of the authorization comes after those of what follows.
    WebhookOutOfOrder,
    /// Approved, and the first capture answers 500 without taking anything.
    CaptureFailsOnce,
}

impl Token {
    pub const ALL: [Token; 11] = [
        Token::Approved,
        Token::Declined,
        Token::InsufficientFunds,
        Token::NeedsBuyer,
        Token::TimeoutThenSucceeds,
        Token::FailsAfterSuccess,
        Token::Slow,
        Token::WebhookTwice,
        Token::WebhookLate,
        Token::WebhookOutOfOrder,
        Token::CaptureFailsOnce,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Token::Approved => "tok_approved",
            Token::Declined => "tok_declined",
            Token::InsufficientFunds => "tok_insufficient_funds",
            Token::NeedsBuyer => "tok_needs_buyer",
            Token::TimeoutThenSucceeds => "tok_timeout_then_succeeds",
            Token::FailsAfterSuccess => "tok_fails_after_success",
            Token::Slow => "tok_slow",
            Token::WebhookTwice => "tok_webhook_twice",
            Token::WebhookLate => "tok_webhook_late",
            Token::WebhookOutOfOrder => "tok_webhook_out_of_order",
            Token::CaptureFailsOnce => "tok_capture_fails_once",
        }
    }

    pub fn parse(text: &str) -> Option<Token> {
        Token::ALL.into_iter().find(|token| token.as_str() == text)
    }

    /// Why it is declined, if it is.
    pub const fn decline_reason(self) -> Option<&'static str> {
        match self {
            Token::Declined => Some("declined"),
            Token::InsufficientFunds => Some("insufficient_funds"),
            _ => None,
        }
    }
}

/// The reason for a token that the sandbox does not know.
pub(super) const UNKNOWN_TOKEN: &str = "unknown_token";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_token() {
        let readme = include_str!("../../../README.md");
        for token in Token::ALL {
            assert!(readme.contains(&format!("`{}`", token.as_str())), "{}", token.as_str());
        }
    }
}
