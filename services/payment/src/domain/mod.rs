//! The rules of money: pure, without I/O.

pub mod answers;
pub mod compare;
pub mod ledger;
pub mod payment;
pub mod refund;
pub mod state;

pub use payment::{Fact, Learned, Pace, Payment, PaymentEvent, Step, Told};
pub use refund::{Refund, RefundState};
pub use state::{NotAState, State};
