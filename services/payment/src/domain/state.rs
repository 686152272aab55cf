//! The states of a payment, by the words that stand in the database and in JSON.

use serde::Serialize;

/// A word that is not a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state")]
pub struct NotAState;

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down; the provider is being asked.
    Authorizing,
    /// The buyer has to confirm at the provider's page.
    NeedsBuyer,
    /// The provider did not answer, or nobody understood it. Never a failure.
    Unknown,
    /// The provider holds the money for us.
    Authorized,
    Declined,
    /// The money is ours.
    Captured,
    PartiallyRefunded,
    Refunded,
    /// Given back before it was captured.
    Voided,
}

impl State {
    pub const ALL: [State; 9] = [
        State::Authorizing,
        State::NeedsBuyer,
        State::Unknown,
        State::Authorized,
        State::Declined,
        State::Captured,
        State::PartiallyRefunded,
        State::Refunded,
        State::Voided,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            State::Authorizing => "authorizing",
            State::NeedsBuyer => "needs_buyer",
            State::Unknown => "unknown",
            State::Authorized => "authorized",
            State::Declined => "declined",
            State::Captured => "captured",
            State::PartiallyRefunded => "partially_refunded",
            State::Refunded => "refunded",
            State::Voided => "voided",
        }
    }

    /// The provider has not said yes or no.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Authorizing | State::NeedsBuyer | State::Unknown)
    }

    /// Money was taken, whatever became of it.
    pub const fn was_captured(self) -> bool {
        matches!(self, State::Captured | State::PartiallyRefunded | State::Refunded)
    }
}

impl std::str::FromStr for State {
    type Err = NotAState;

    fn from_str(word: &str) -> Result<State, NotAState> {
        State::ALL.into_iter().find(|state| state.as_str() == word).ok_or(NotAState)
    }
}
