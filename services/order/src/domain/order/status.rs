//! The words for where an order stands. The same in code, SQL and JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $word,)* }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$word => $text,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<$name, ()> {
                match text { $($text => Ok($name::$word),)* _ => Err(()) }
            }
        }
    )*};
}

words! {
    OrderState {
        /// Stock and money are being secured.
        Placing = "placing",
        /// Stock is held; the buyer or the provider has yet to settle the payment.
        AwaitingPayment = "awaiting_payment",
        /// A promise.
        Placed = "placed",
        /// Paid and shipped.
        Completed = "completed",
        Canceled = "canceled",
    }

    CancelReason {
        Customer = "customer",
        Staff = "staff",
        PaymentDeclined = "payment_declined",
        /// It was not paid in time.
        PaymentExpired = "payment_expired",
        SoldOut = "sold_out",
    }

    PaymentStatus {
        /// Not asked for: nothing yet, or nothing to pay.
        None = "none",
        /// The buyer has to confirm it.
        Pending = "pending",
        /// The provider has not said yet.
        Unknown = "unknown",
        /// Set aside for us.
        Authorized = "authorized",
        /// Ours.
        Captured = "captured",
        /// Given back before it was captured.
        Voided = "voided",
        Refunded = "refunded",
        PartiallyRefunded = "partially_refunded",
        Declined = "declined",
    }

    FulfillmentStatus {
        Unfulfilled = "unfulfilled",
        Partial = "partial",
        Fulfilled = "fulfilled",
    }
}
