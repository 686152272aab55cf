//! What the examples are made of. Every id has its own digits.

use souk_contract::Address;
use souk_types::{Currency, Money, Timestamp};
use uuid::Uuid;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_341_600_123);

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_e0b2_6a44_7cc3_9d5e_0000_0000_0000 + n)
}

pub(crate) fn euros(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub(crate) fn text(text: &str) -> String {
    text.to_owned()
}

pub(crate) fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

pub(crate) fn address() -> Address {
    Address {
        name: text("Ada Lovelace"),
        company: some("Analytical Engines Ltd"),
        line1: text("12 St James's Square"),
        line2: some("2nd floor"),
        city: text("London"),
        region: some("Greater London"),
        postal_code: some("SW1Y 4JH"),
        country: text("GB"),
        phone: some("+44 20 7946 0000"),
    }
}
