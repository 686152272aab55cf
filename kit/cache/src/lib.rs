//! Cached things: declared once, loaded once, forgotten on time.
//!
//! A [`Cached`] has a name, a bound and a lifetime; which [`Cache`] keeps it is the configuration's choice,
//! and callers cannot tell. What a cache holds is for display: whoever sells, pays or ships asks the database.
//!
//! Architecture invariants: a cache never fails. What cannot be read is a miss, what cannot be written is
//! loaded again next time; only the loader's own error reaches the caller. No value outlives its lifetime by
//! moving from one layer to the other.

mod cached;
mod invalidations;
mod key;
mod memory;
mod redis;

pub use cached::{Cache, Cached, Capacity};
pub use key::{Codec, Key};
