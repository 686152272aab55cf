//! Ids: UUIDs, each kind a type of its own. People see numbers and slugs instead.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Chance, Timestamp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by time (UUIDv7).
            pub fn new(chance: &Chance, now: Timestamp) -> Self {
                Self(chance.uuid_v7(now))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }
    )*};
}

ids! {
    /// Who signs in: a customer with an account, or staff.
    UserId
    /// One sign-in of a user on one device.
    SessionId
    /// A key that a program signs in with.
    ApiKeyId
    /// A line of a user's address book.
    AddressId
    ProductId
    /// What is bought: one combination of option values, with a SKU.
    VariantId
    CategoryId
    CollectionId
    /// A warehouse or shop that keeps stock.
    LocationId
    /// One change of stock, never altered.
    MovementId
    /// Made by [`CartId::secret`]: whoever knows a guest's cart id may use the cart.
    CartId
    LineId
    OrderId
    /// A rule that makes carts cheaper.
    PromotionId
    ShipmentId
    PaymentId
    RefundId
    /// One balanced posting to the ledger.
    PostingId
    MailId
    EventId
}

impl CartId {
    /// 122 random bits: a guest's cart is opened by knowing its id.
    pub fn secret(chance: &Chance) -> CartId {
        CartId(chance.uuid_v4())
    }
}
