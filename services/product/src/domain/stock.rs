//! The arithmetic of stock: what lies somewhere, what of it is promised, and what may change.
//!
//! The database repeats these rules, in the guard of its one stock statement and in a CHECK. Here they stand
//! where they can be read and tried out.

/// Units of one variant in one location.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    /// In the warehouse.
    pub on_hand: i64,
    /// On timed holds, while buyers pay.
    pub held: i64,
    /// Promised to placed orders.
    pub allocated: i64,
    /// More than there is may be promised.
    pub backorder: bool,
}

/// A relative change of [`Levels`]; changes of several orders commute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    pub on_hand: i64,
    pub held: i64,
    pub allocated: i64,
}

impl Change {
    /// A buyer begins to pay.
    pub const fn hold(units: i64) -> Change {
        Change { on_hand: 0, held: units, allocated: 0 }
    }

    /// He did not.
    pub const fn release(units: i64) -> Change {
        Change { on_hand: 0, held: -units, allocated: 0 }
    }

    /// He did: the timed hold becomes a promise.
    pub const fn allocate(units: i64) -> Change {
        Change { on_hand: 0, held: -units, allocated: units }
    }

    /// A promise without a hold before it, because the hold had expired.
    pub const fn promise(units: i64) -> Change {
        Change { on_hand: 0, held: 0, allocated: units }
    }

    /// A promise is withdrawn; the units never left.
    pub const fn withdraw(units: i64) -> Change {
        Change { on_hand: 0, held: 0, allocated: -units }
    }

    /// Promised units leave the warehouse.
    pub const fn ship(units: i64) -> Change {
        Change { on_hand: -units, held: 0, allocated: -units }
    }

    /// Goods arrive, come back, are found or lost.
    pub const fn adjust(units: i64) -> Change {
        Change { on_hand: units, held: 0, allocated: 0 }
    }
}

impl Levels {
    /// What can still be sold, not counting backorders. Negative when more was promised than there is.
    pub const fn available(self) -> i64 {
        self.on_hand - self.held - self.allocated
    }

    /// The levels after `change`; `None` when it would promise what is not there or take back what was not promised.
    pub fn after(self, change: Change) -> Option<Levels> {
        let on_hand = self.on_hand.checked_add(change.on_hand)?;
        let held = self.held.checked_add(change.held)?;
        let allocated = self.allocated.checked_add(change.allocated)?;
        let covered = self.backorder || (on_hand >= 0 && held.checked_add(allocated)? <= on_hand);
        (held >= 0 && allocated >= 0 && covered).then_some(Levels { on_hand, held, allocated, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What orders and staff do to one stock row, in any order and any number.
    fn changes() -> impl Strategy<Value = Vec<Change>> {
        let units = 1_i64..40;
        let change = prop_oneof![
            units.clone().prop_map(Change::hold),
            units.clone().prop_map(Change::release),
            units.clone().prop_map(Change::allocate),
            units.clone().prop_map(Change::promise),
            units.clone().prop_map(Change::withdraw),
            units.clone().prop_map(Change::ship),
            units.clone().prop_map(Change::adjust),
            units.prop_map(|units| Change::adjust(-units)),
        ];
        proptest::collection::vec(change, 0..200)
    }

    proptest! {
        #[test]
        fn whatever_happens_nothing_is_promised_that_is_not_there(changes in changes(), start in 0_i64..100) {
            let mut levels = Levels { on_hand: start, ..Levels::default() };
            for change in changes {
                levels = levels.after(change).unwrap_or(levels);
                prop_assert!(levels.held >= 0 && levels.allocated >= 0 && levels.on_hand >= 0);
                prop_assert!(levels.available() >= 0);
                prop_assert_eq!(levels.on_hand, levels.available() + levels.held + levels.allocated);
            }
        }

        #[test]
        fn a_promise_that_is_taken_back_leaves_no_trace(start in 0_i64..1000, units in 1_i64..1000, backorder: bool) {
            let before = Levels { on_hand: start, backorder, ..Levels::default() };
            if let Some(held) = before.after(Change::hold(units)) {
                prop_assert_eq!(held.after(Change::release(units)), Some(before));
                let allocated = held.after(Change::allocate(units)).expect("what is held can be allocated");
                prop_assert_eq!(allocated.after(Change::withdraw(units)), Some(before));
                let shipped = allocated.after(Change::ship(units)).expect("what is allocated can be shipped");
                prop_assert_eq!(shipped.available(), start - units);
            } else {
                prop_assert!(!backorder && units > start);
            }
        }
    }
}
