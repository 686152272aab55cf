//! Use of sessions and keys, noted in memory and written down now and then: authenticating stays one read.

use std::collections::HashMap;

use parking_lot::Mutex;
use souk_types::{ApiKeyId, SessionId, Timestamp};

/// What is noted between two writings; beyond that the next use will be noted instead.
const NOTES_MAX: usize = 10_000;

/// What was used and is not written down yet.
#[derive(Default)]
pub(crate) struct Touches {
    noted: Mutex<Noted>,
}

/// Notes taken, to be written.
#[derive(Default)]
pub(crate) struct Noted {
    pub sessions: HashMap<SessionId, SessionUse>,
    pub keys: HashMap<ApiKeyId, Timestamp>,
}

/// The last use of a session and the expiry it gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionUse {
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Touches {
    pub(crate) fn session(&self, id: SessionId, seen: SessionUse) {
        let mut noted = self.noted.lock();
        if noted.sessions.len() < NOTES_MAX {
            noted.sessions.insert(id, seen);
        }
    }

    pub(crate) fn key(&self, id: ApiKeyId, used_at: Timestamp) {
        let mut noted = self.noted.lock();
        if noted.keys.len() < NOTES_MAX {
            noted.keys.insert(id, used_at);
        }
    }

    /// Takes the notes; later ones go onto a fresh page.
    pub(crate) fn take(&self) -> Noted {
        std::mem::take(&mut self.noted.lock())
    }
}
