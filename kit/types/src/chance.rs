//! Chance is an argument too: ids and secrets come from here, and a seed makes them repeatable.

use std::sync::Arc;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::Timestamp;

/// A source of ids and random bytes, cryptographically strong unless seeded.
#[derive(Clone)]
pub struct Chance {
    seeded: Option<Arc<Mutex<StdRng>>>,
}

impl Chance {
    /// The operating system's entropy, through a per-thread generator.
    pub fn system() -> Chance {
        Chance { seeded: None }
    }

    /// The same ids in the same order for the same seed. For tests and generators only.
    pub fn seeded(seed: u64) -> Chance {
        Chance { seeded: Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))) }
    }

    /// A UUID of version 7: ordered by time, 74 random bits.
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let random = self.bytes::<10>();
        let unix_ms = u64::try_from(now.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
    }

    /// A UUID of version 4: 122 random bits, fit to be a capability.
    pub fn uuid_v4(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes::<16>()).into_uuid()
    }

    /// Random bytes; 32 of them make a 256-bit secret.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.seeded {
            Some(rng) => rng.lock().fill_bytes(&mut bytes),
            None => rand::rng().fill_bytes(&mut bytes),
        }
        bytes
    }
}
