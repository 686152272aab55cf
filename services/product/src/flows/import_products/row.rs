//! The rows of a call, read and checked without the database.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use souk_app::Rules;
use souk_contract::product::{ImportRow, ImportedProduct, RejectedRow};

use crate::domain::import::{self, Row};

/// A row that keeps every rule that can be checked without the database.
pub(super) struct ReadRow {
    pub(super) line: u64,
    pub(super) row: Row,
    pub(super) stated: ImportedProduct,
    /// Of everything the row says; the same hash again means that there is nothing to do.
    pub(super) hash: String,
}

/// The good rows, and what is wrong with the others.
pub(super) fn read_all(rows: Vec<ImportRow>) -> (Vec<ReadRow>, Vec<RejectedRow>) {
    let (mut good, mut rejected) = (Vec::with_capacity(rows.len()), Vec::new());
    let (mut keys, mut skus) = (HashSet::new(), HashSet::new());
    for ImportRow { line, product: stated } in rows {
        let mut rules = Rules::new();
        let row = import::read(&stated, &mut rules);
        if !keys.insert(stated.key.clone()) {
            rules.broken("key", "unique", "an earlier row has the same key");
        }
        for (i, variant) in stated.variants.iter().enumerate() {
            if skus.contains(&variant.sku) {
                rules.broken(format!("variants[{i}].sku"), "unique", "an earlier row has the same SKU");
            }
        }
        match rules.check() {
            Ok(()) => {
                skus.extend(stated.variants.iter().map(|variant| variant.sku.clone()));
                let hash = hash_of(&stated);
                good.push(ReadRow { line, row, stated, hash });
            }
            Err(error) => rejected.extend(super::rejected(line, error)),
        }
    }
    (good, rejected)
}

fn hash_of(stated: &ImportedProduct) -> String {
    let json = serde_json::to_vec(stated).unwrap_or_default();
    Sha256::digest(&json).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
