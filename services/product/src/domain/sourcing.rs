//! Chooses the locations an order is served from: one that has everything, or else as few as it takes.

use souk_contract::product::Shortage;
use souk_types::{LocationId, VariantId};

use super::stock::Levels;

/// Stock of a variant in a location. Lists of these come in the order in which locations are preferred.
#[derive(Debug, Clone, Copy)]
pub struct StockAt {
    pub variant: VariantId,
    pub location: LocationId,
    pub levels: Levels,
}

/// Units of a variant to be taken from a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    pub variant: VariantId,
    pub location: LocationId,
    pub units: i64,
}

/// Where to take `wanted` from, sorted by variant and location: whoever changes stock in this order cannot
/// deadlock with anybody else who does. Or else everything that is short.
pub fn source(wanted: &[(VariantId, u32)], stock: &[StockAt]) -> Result<Vec<Pick>, Vec<Shortage>> {
    let mut picks = match single_location(wanted, stock) {
        Some(picks) => picks,
        None => split(wanted, stock)?,
    };
    picks.sort_unstable_by_key(|pick| (pick.variant, pick.location));
    Ok(picks)
}

/// The first location that has all of it, so that there is one parcel.
fn single_location(wanted: &[(VariantId, u32)], stock: &[StockAt]) -> Option<Vec<Pick>> {
    let &(first, _) = wanted.first()?;
    let candidates = stock.iter().filter(|at| at.variant == first).map(|at| at.location);
    candidates.into_iter().find_map(|location| {
        wanted
            .iter()
            .map(|&(variant, quantity)| {
                let units = i64::from(quantity);
                let at = stock.iter().find(|at| at.variant == variant && at.location == location)?;
                (at.levels.available() >= units).then_some(Pick { variant, location, units })
            })
            .collect()
    })
}

/// Each variant from as many locations as it takes; what is missing then is ordered back where that is allowed.
fn split(wanted: &[(VariantId, u32)], stock: &[StockAt]) -> Result<Vec<Pick>, Vec<Shortage>> {
    let (mut picks, mut shortages) = (Vec::with_capacity(wanted.len()), Vec::new());
    for &(variant, quantity) in wanted {
        let here = || stock.iter().filter(move |at| at.variant == variant);
        let first = picks.len();
        let mut missing = i64::from(quantity);
        for at in here() {
            let units = at.levels.available().clamp(0, missing);
            if units > 0 {
                picks.push(Pick { variant, location: at.location, units });
                missing -= units;
            }
        }
        if missing == 0 {
            continue;
        }
        let Some(back) = here().find(|at| at.levels.backorder) else {
            let available = here().map(|at| at.levels.available().max(0)).sum();
            shortages.push(Shortage { variant, requested: quantity, available });
            continue;
        };
        match picks[first..].iter_mut().find(|pick| pick.location == back.location) {
            Some(pick) => pick.units += missing,
            None => picks.push(Pick { variant, location: back.location, units: missing }),
        }
    }
    if shortages.is_empty() { Ok(picks) } else { Err(shortages) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SHIRT: VariantId = VariantId(Uuid::from_u128(1));
    const HAT: VariantId = VariantId(Uuid::from_u128(2));
    const NEAR: LocationId = LocationId(Uuid::from_u128(9));
    const FAR: LocationId = LocationId(Uuid::from_u128(8));

    fn at(variant: VariantId, location: LocationId, on_hand: i64) -> StockAt {
        StockAt { variant, location, levels: Levels { on_hand, ..Levels::default() } }
    }

    fn pick(variant: VariantId, location: LocationId, units: i64) -> Pick {
        Pick { variant, location, units }
    }

    #[test]
    fn one_location_that_has_all_of_it_is_preferred_to_two_parcels() {
        let stock = [at(SHIRT, NEAR, 5), at(SHIRT, FAR, 5), at(HAT, FAR, 1)];
        let picks = source(&[(SHIRT, 2), (HAT, 1)], &stock).expect("there is enough");
        assert_eq!(picks, [pick(SHIRT, FAR, 2), pick(HAT, FAR, 1)]);
        let picks = source(&[(SHIRT, 2)], &stock).expect("there is enough");
        assert_eq!(picks, [pick(SHIRT, NEAR, 2)]);
    }

    #[test]
    fn what_no_single_location_has_comes_from_several() {
        let stock = [at(SHIRT, NEAR, 2), at(SHIRT, FAR, 2)];
        let picks = source(&[(SHIRT, 3)], &stock).expect("together there is enough");
        assert_eq!(picks, [pick(SHIRT, FAR, 1), pick(SHIRT, NEAR, 2)]);
    }

    #[test]
    fn every_shortage_is_named() {
        let shortages = source(&[(SHIRT, 3), (HAT, 1)], &[at(SHIRT, NEAR, 2)]).expect_err("too little");
        assert_eq!(
            shortages,
            [
                Shortage { variant: SHIRT, requested: 3, available: 2 },
                Shortage { variant: HAT, requested: 1, available: 0 }
            ]
        );
    }

    #[test]
    fn backorder_supplies_what_is_missing() {
        let mut near = at(SHIRT, NEAR, 2);
        near.levels.backorder = true;
        assert_eq!(source(&[(SHIRT, 5)], &[near]), Ok(vec![pick(SHIRT, NEAR, 5)]));
    }
}
