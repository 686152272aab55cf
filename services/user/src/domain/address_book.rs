//! The addresses a user keeps: a bounded list, of which exactly one is the default unless it is empty.

use souk_contract::Address;
use souk_types::{AddressId, Timestamp};

/// One address of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: AddressId,
    pub address: Address,
    pub is_default: bool,
    pub created_at: Timestamp,
}

/// A user's addresses as of one version of the book, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressBook {
    pub version: i64,
    pub entries: Vec<Entry>,
}

/// Why the book stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    #[error("no such address")]
    Unknown,
    #[error("the address book is full")]
    Full,
}

impl AddressBook {
    pub fn find(&self, id: AddressId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The first address is the default, whatever was asked for.
    pub fn add(
        &mut self,
        id: AddressId,
        address: Address,
        as_default: bool,
        entries_max: usize,
        now: Timestamp,
    ) -> Result<Entry, BookError> {
        if self.entries.len() >= entries_max {
            return Err(BookError::Full);
        }
        self.entries.push(Entry { id, address, is_default: false, created_at: now });
        if as_default || self.entries.len() == 1 {
            self.make_default(id);
        }
        self.find(id).cloned().ok_or(BookError::Unknown)
    }

    /// Replaces an address. `as_default: Some(false)` makes another one the default, if there is another.
    pub fn change(
        &mut self,
        id: AddressId,
        address: Address,
        as_default: Option<bool>,
    ) -> Result<Entry, BookError> {
        let other = self.entries.iter().map(|entry| entry.id).find(|entry| *entry != id);
        let entry = self.entries.iter_mut().find(|entry| entry.id == id).ok_or(BookError::Unknown)?;
        entry.address = address;
        match (as_default, entry.is_default, other) {
            (Some(true), ..) => self.make_default(id),
            (Some(false), true, Some(other)) => self.make_default(other),
            _ => {}
        }
        self.find(id).cloned().ok_or(BookError::Unknown)
    }

    /// The oldest address that is left becomes the default when the default goes.
    pub fn remove(&mut self, id: AddressId) -> Result<(), BookError> {
        let at = self.entries.iter().position(|entry| entry.id == id).ok_or(BookError::Unknown)?;
        let removed = self.entries.remove(at);
        if let Some(oldest) = self.entries.first().map(|entry| entry.id)
            && removed.is_default
        {
            self.make_default(oldest);
        }
        Ok(())
    }

    pub fn default_id(&self) -> Option<AddressId> {
        self.entries.iter().find(|entry| entry.is_default).map(|entry| entry.id)
    }

    fn make_default(&mut self, id: AddressId) {
        for entry in &mut self.entries {
            entry.is_default = entry.id == id;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use souk_types::Chance;

    use super::*;

    const MAX: usize = 4;

    #[derive(Debug, Clone)]
    enum Step {
        Add(bool),
        Change(usize, Option<bool>),
        Remove(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            any::<bool>().prop_map(Step::Add),
            (0..MAX, any::<Option<bool>>()).prop_map(|(at, default)| Step::Change(at, default)),
            (0..MAX).prop_map(Step::Remove),
        ];
        prop::collection::vec(step, 0..40)
    }

    fn address() -> Address {
        serde_json::from_str(
            r#"{"name":"Ada","line1":"12 St James's Square","city":"London","country":"GB"}"#,
        )
        .expect("an address")
    }

    proptest! {
        #[test]
        fn a_book_never_has_two_defaults_and_has_one_unless_it_is_empty(steps in steps()) {
            let chance = Chance::seeded(3);
            let mut book = AddressBook { version: 0, entries: vec![] };
            for step in steps {
                let id_at = |book: &AddressBook, at: usize| book.entries.get(at).map(|entry| entry.id);
                match step {
                    Step::Add(default) => {
                        let id = AddressId(chance.uuid_v4());
                        let full = book.entries.len() == MAX;
                        let added = book.add(id, address(), default, MAX, Timestamp::from_millis(0));
                        prop_assert_eq!(added.is_err(), full);
                    }
                    Step::Change(at, default) => {
                        if let Some(id) = id_at(&book, at) {
                            prop_assert!(book.change(id, address(), default).is_ok());
                        }
                    }
                    Step::Remove(at) => {
                        if let Some(id) = id_at(&book, at) {
                            prop_assert!(book.remove(id).is_ok());
                        }
                    }
                }
                let defaults = book.entries.iter().filter(|entry| entry.is_default).count();
                prop_assert_eq!(defaults, usize::from(!book.entries.is_empty()));
                prop_assert!(book.entries.len() <= MAX);
            }
        }
    }

    #[test]
    fn what_is_not_in_the_book_cannot_be_changed() {
        let mut book = AddressBook { version: 0, entries: vec![] };
        let id = AddressId(Chance::seeded(1).uuid_v4());
        assert_eq!(book.change(id, address(), None), Err(BookError::Unknown));
        assert_eq!(book.remove(id), Err(BookError::Unknown));
    }
}
