//! A payment in the sandbox's own record.

use souk_types::{Money, Timestamp};
use uuid::Uuid;

use super::super::{AuthorizeRequest, ProviderPayment, ProviderState};
use super::tokens::{Token, UNKNOWN_TOKEN};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The shop's.
    pub reference: String,
    /// Empty for a token that the sandbox does not know: whatever it was, it is not kept.
    pub token: String,
    pub amount: Money,
    pub state: SandboxState,
    pub authorized: i64,
    pub captured: i64,
    pub voided: i64,
    pub refunded: i64,
    pub decline_reason: Option<String>,
    pub challenge: Option<Uuid>,
    pub return_url: Option<String>,
    /// The shop's reference of the capture or void that was done.
    pub operation: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxState {
    NeedsBuyer,
    Authorized,
    Declined,
    Captured,
    Voided,
}

impl Record {
    /// What the sandbox decides when it is asked for the first time.
    pub(super) fn new(request: &AuthorizeRequest, challenge: Uuid, now: Timestamp) -> Record {
        let token = Token::parse(&request.token);
        let decline_reason = match token {
            None => Some(UNKNOWN_TOKEN),
            Some(token) => token.decline_reason(),
        };
        let state = match (token, decline_reason) {
            (_, Some(_)) => SandboxState::Declined,
            (Some(Token::NeedsBuyer), None) => SandboxState::NeedsBuyer,
            _ => SandboxState::Authorized,
        };
        let needs_buyer = state == SandboxState::NeedsBuyer;
        Record {
            reference: request.payment.to_string(),
            token: token.map_or("", Token::as_str).to_owned(),
            amount: request.amount,
            state,
            authorized: if state == SandboxState::Authorized { request.amount.amount } else { 0 },
            captured: 0,
            voided: 0,
            refunded: 0,
            decline_reason: decline_reason.map(str::to_owned),
            challenge: needs_buyer.then_some(challenge),
            return_url: request.return_url.clone().filter(|_| needs_buyer),
            operation: None,
            created_at: now,
            updated_at: now,
        }
    }

    pub(super) fn token(&self) -> Option<Token> {
        Token::parse(&self.token)
    }

    pub(super) fn reason(&self) -> &str {
        self.decline_reason.as_deref().unwrap_or("declined")
    }

    /// As the shop is told of it.
    pub(super) fn for_shop(self, challenge_url: Option<String>) -> ProviderPayment {
        let reason = self.reason().to_owned();
        ProviderPayment {
            state: match self.state {
                SandboxState::NeedsBuyer => {
                    ProviderState::NeedsBuyer { url: challenge_url.unwrap_or_default() }
                }
                SandboxState::Authorized => ProviderState::Authorized,
                SandboxState::Declined => ProviderState::Declined { reason },
                SandboxState::Captured => ProviderState::Captured,
                SandboxState::Voided => ProviderState::Voided,
            },
            reference: self.reference,
            amount: self.amount,
            captured: self.captured,
            refunded: self.refunded,
            updated_at: self.updated_at,
        }
    }
}

impl SandboxState {
    const ALL: [SandboxState; 5] = [
        SandboxState::NeedsBuyer,
        SandboxState::Authorized,
        SandboxState::Declined,
        SandboxState::Captured,
        SandboxState::Voided,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            SandboxState::NeedsBuyer => "needs_buyer",
            SandboxState::Authorized => "authorized",
            SandboxState::Declined => "declined",
            SandboxState::Captured => "captured",
            SandboxState::Voided => "voided",
        }
    }
}

impl std::str::FromStr for SandboxState {
    type Err = crate::domain::state::NotAState;

    fn from_str(word: &str) -> Result<SandboxState, Self::Err> {
        let found = SandboxState::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or(crate::domain::state::NotAState)
    }
}
