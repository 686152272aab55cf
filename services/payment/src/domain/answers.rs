//! What a payment provider can answer. `Unknown` stands beside yes and no everywhere: a time-out, a reply that
//! breaks off and a 5xx say nothing about the money.

use souk_types::{Money, PaymentId, Timestamp};

use super::Fact;

/// The answer to an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorized {
    Yes,
    /// `reason` is stable, such as `insufficient_funds`.
    Declined {
        reason: String,
    },
    /// The buyer has to confirm at this address first.
    NeedsBuyer {
        url: String,
    },
    Unknown {
        why: String,
    },
}

/// The answer to a capture, a void or a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Yes,
    /// The money comes by itself, and somebody will say when: nobody asks until then.
    Awaited,
    /// The provider understood and will not do it; its record tells why.
    Refused {
        reason: String,
    },
    Unknown {
        why: String,
    },
}

/// The answer to "where does it stand?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Payment(ProviderPayment),
    /// The provider has never heard of it.
    Nothing,
    Unknown {
        why: String,
    },
}

/// A payment in the provider's own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderPayment {
    /// Ours. As text, since a provider's account may hold payments that we did not make.
    pub reference: String,
    pub amount: Money,
    pub state: ProviderState,
    pub captured: i64,
    pub refunded: i64,
    pub updated_at: Timestamp,
}

/// Where a payment stands at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderState {
    /// Not decided yet.
    Pending,
    NeedsBuyer {
        url: String,
    },
    Authorized,
    Declined {
        reason: String,
    },
    Captured,
    /// Given back before capture, or never to be had.
    Voided,
}

/// A webhook whose signature was right. It is a bell: what happened is looked up, not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's id of the event; the same id comes again when the provider repeats itself.
    pub id: String,
    /// Ours, of the payment it is about.
    pub reference: String,
    /// The provider's word for what happened, for people.
    pub kind: String,
}

impl From<Authorized> for Fact {
    fn from(answer: Authorized) -> Fact {
        match answer {
            Authorized::Yes => Fact::Authorized,
            Authorized::Declined { reason } => Fact::Declined { reason },
            Authorized::NeedsBuyer { url } => Fact::NeedsBuyer { url },
            Authorized::Unknown { .. } => Fact::Unknown,
        }
    }
}

impl ProviderPayment {
    /// Our id of it, if it is one of ours.
    pub fn id(&self) -> Option<PaymentId> {
        self.reference.parse().ok()
    }

    /// The facts behind the state, in the order in which they happened.
    pub fn facts(&self) -> Vec<Fact> {
        match &self.state {
            ProviderState::Pending => vec![],
            ProviderState::NeedsBuyer { url } => vec![Fact::NeedsBuyer { url: url.clone() }],
            ProviderState::Authorized => vec![Fact::Authorized],
            ProviderState::Declined { reason } => vec![Fact::Declined { reason: reason.clone() }],
            ProviderState::Captured => vec![Fact::Authorized, Fact::Captured],
            ProviderState::Voided => vec![Fact::Voided],
        }
    }
}

impl ProviderState {
    pub const fn as_str(&self) -> &'static str {
        match self {
            ProviderState::Pending => "pending",
            ProviderState::NeedsBuyer { .. } => "needs_buyer",
            ProviderState::Authorized => "authorized",
            ProviderState::Declined { .. } => "declined",
            ProviderState::Captured => "captured",
            ProviderState::Voided => "voided",
        }
    }
}
