//! What an order has of the stock, from the timed hold to the last parcel.
//!
//! ```text
//!             ┌────────── taken anew ─────────┐
//!             ▼                               │
//! (none) ─► held ──────► allocated ──► shipped│   failed: placed, but nothing was left
//!             │ time          │ canceled      │
//!             ├─► expired ────┼───────────────┘
//!             └─► released ◄──┘                   released is final for holds: a late hold is refused
//! ```

use std::fmt;
use std::str::FromStr;

use souk_contract::events::ShippedLine;
use souk_types::{LocationId, OrderId, Timestamp, VariantId};

use super::sourcing::Pick;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    Held,
    /// Its time ran out and the units were given back.
    Expired,
    /// Given up by the order, perhaps before it was ever held.
    Released,
    /// The order was placed.
    Allocated,
    /// The order was placed, but its hold had expired and somebody else bought the units.
    Failed,
    /// Everything has left.
    Shipped,
}

/// The stock of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub order: OrderId,
    pub state: HoldState,
    pub expires_at: Timestamp,
    pub version: i64,
    /// Sorted by variant and location, the order in which stock is always changed.
    pub lines: Vec<HoldLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldLine {
    pub variant: VariantId,
    pub location: LocationId,
    pub quantity: i64,
    pub shipped: i64,
}

/// What asking for a hold comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is held, or promised already: the answer is the same as before.
    Standing,
    /// Nobody has swept it up yet: it only needs more time.
    Prolong,
    /// Units have to be taken anew.
    TakeAnew,
    /// The order gave its stock up before.
    Refused,
}

impl Hold {
    /// What to do when this order asks for its hold again.
    pub fn asked_again(&self, now: Timestamp) -> Asked {
        match self.state {
            HoldState::Held if self.expires_at > now => Asked::Standing,
            HoldState::Held => Asked::Prolong,
            HoldState::Allocated | HoldState::Shipped => Asked::Standing,
            HoldState::Expired => Asked::TakeAnew,
            HoldState::Released | HoldState::Failed => Asked::Refused,
        }
    }

    /// Units that are promised and have not left.
    pub fn open_lines(&self) -> impl Iterator<Item = Pick> + '_ {
        let open = |line: &HoldLine| Pick {
            variant: line.variant,
            location: line.location,
            units: line.quantity - line.shipped,
        };
        self.lines.iter().map(open).filter(|pick| pick.units > 0)
    }

    /// From which locations a parcel's lines are taken, sorted, and whether nothing is left to send then.
    /// `None` when the parcel holds more than was promised.
    pub fn parcel(&self, shipped: &[ShippedLine]) -> Option<(Vec<Pick>, bool)> {
        let mut open: Vec<Pick> = self.open_lines().collect();
        let mut picks = Vec::with_capacity(shipped.len());
        for line in shipped {
            let mut missing = i64::from(line.quantity);
            for left in open.iter_mut().filter(|left| left.variant == line.variant) {
                let units = left.units.min(missing);
                if units > 0 {
                    picks.push(Pick { units, ..*left });
                    left.units -= units;
                    missing -= units;
                }
            }
            if missing > 0 {
                return None;
            }
        }
        picks.sort_unstable_by_key(|pick| (pick.variant, pick.location));
        Some((picks, open.iter().all(|left| left.units == 0)))
    }
}

impl HoldState {
    pub const fn as_str(self) -> &'static str {
        match self {
            HoldState::Held => "held",
            HoldState::Expired => "expired",
            HoldState::Released => "released",
            HoldState::Allocated => "allocated",
            HoldState::Failed => "failed",
            HoldState::Shipped => "shipped",
        }
    }
}

impl FromStr for HoldState {
    type Err = ();

    fn from_str(text: &str) -> Result<HoldState, ()> {
        use HoldState::{Allocated, Expired, Failed, Held, Released, Shipped};
        [Held, Expired, Released, Allocated, Failed, Shipped]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

impl fmt::Display for HoldState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hold(state: HoldState) -> Hold {
        let line = |location, quantity| HoldLine {
            variant: VariantId(Uuid::from_u128(1)),
            location: LocationId(Uuid::from_u128(location)),
            quantity,
            shipped: 0,
        };
        Hold {
            order: OrderId(Uuid::nil()),
            state,
            expires_at: Timestamp(100),
            version: 1,
            lines: vec![line(1, 2), line(2, 3)],
        }
    }

    #[test]
    fn a_repeated_hold_changes_nothing_unless_it_expired() {
        assert_eq!(hold(HoldState::Held).asked_again(Timestamp(99)), Asked::Standing);
        assert_eq!(hold(HoldState::Held).asked_again(Timestamp(100)), Asked::Prolong);
        assert_eq!(hold(HoldState::Expired).asked_again(Timestamp(100)), Asked::TakeAnew);
        assert_eq!(hold(HoldState::Released).asked_again(Timestamp(1)), Asked::Refused);
        assert_eq!(hold(HoldState::Allocated).asked_again(Timestamp(900)), Asked::Standing);
    }

    #[test]
    fn a_parcel_takes_no_more_than_was_promised() {
        let hold = hold(HoldState::Allocated);
        let line = |quantity| ShippedLine {
            variant: VariantId(Uuid::from_u128(1)),
            sku: String::new(),
            title: String::new(),
            quantity,
        };
        let (picks, complete) = hold.parcel(&[line(3)]).expect("five are promised");
        assert_eq!(picks.iter().map(|pick| pick.units).collect::<Vec<_>>(), [2, 1]);
        assert!(!complete);
        assert!(hold.parcel(&[line(5)]).expect("all of them").1);
        assert_eq!(hold.parcel(&[line(6)]), None);
    }
}
