//! The words every service speaks: money, ids, time, chance, events and pages.
//!
//! Nothing here does I/O. What looks like a primitive is a type of its own wherever mixing two up
//! would cost somebody money: an [`OrderId`] is not a [`CartId`], and ten euros are not ten yen.

mod chance;
mod clock;
mod event;
mod id;
mod money;
mod page;
mod time;

pub use chance::Chance;
pub use clock::Clock;
pub use event::{Envelope, Event, EventData};
pub use id::*;
pub use money::{Currency, Money, MoneyError};
pub use page::{Cursor, CursorError, Page};
pub use time::Timestamp;
