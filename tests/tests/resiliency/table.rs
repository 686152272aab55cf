//! The table itself: what people may expect of the shop while a part of it is away. `docs/resiliency.md` is made of it,
//! and every cell is asserted.

use souk::Role;

use Cell::{Canceled, Kept, Later, NoAnswer, Slower, Stale, Unavailable, Works};
use Condition::{Down, Slow, Stalled};
use Dependency::{Bus, Database, Provider, Redis, Service, Smtp};

/// What a shop depends on. There is one of each here; what replicas add is another story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dependency {
    Service(Role),
    /// Of that service.
    Database(Role),
    /// The company that moves the money.
    Provider,
    Redis,
    Bus,
    Smtp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Killed, or nobody listens.
    Down,
    /// Stopped: connections stay, and no answer comes.
    Stalled,
    /// Each answer comes 300 ms later.
    Slow,
}

/// What people want of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Browse,
    Search,
    LogIn,
    FillCart,
    CheckOut,
    ReadHistory,
    GetMail,
}

impl Deed {
    /// In the order of the columns.
    pub(crate) const ALL: [Deed; 7] = [
        Deed::Browse,
        Deed::Search,
        Deed::LogIn,
        Deed::FillCart,
        Deed::CheckOut,
        Deed::ReadHistory,
        Deed::GetMail,
    ];
}

/// What comes of a deed. Times are in seconds; "at once" is [`AT_ONCE_S`](crate::row::AT_ONCE_S).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// As ever, at once.
    Works,
    /// As ever, but it takes longer: up to so many seconds.
    Slower(u64),
    /// What was kept of it, within so many seconds; it may be old.
    Kept(u64),
    /// What the gateway has kept, which says that it is old, within so many seconds.
    Stale(u64),
    /// 503 `unavailable`, at once.
    Unavailable,
    /// 503 `unavailable` or 504 `timeout`, within so many seconds.
    NoAnswer(u64),
    /// Accepted at once, and done when the dependency is back.
    Later,
    /// Accepted at once; as the provider turns out never to have heard of it, the order is canceled and the buyer told.
    Canceled,
}

pub(crate) struct Row {
    pub(crate) dependency: Dependency,
    pub(crate) condition: Condition,
    /// In the order of [`Deed::ALL`].
    pub(crate) cells: [Cell; 7],
}

const fn row(dependency: Dependency, condition: Condition, cells: [Cell; 7]) -> Row {
    Row { dependency, condition, cells }
}

/// Browse, search, log in, cart, check out, history, mail.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    row(Service(Role::User), Down,    [Works, Works, Unavailable, Works, Works, Works, Unavailable]),
    row(Service(Role::User), Stalled, [Works, Works, NoAnswer(4), Works, Works, Works, NoAnswer(4)]),
    row(Service(Role::User), Slow,    [Works, Works, Slower(3), Works, Works, Works, Slower(3)]),

    row(Service(Role::Product), Down,    [Stale(3), Unavailable, Works, Unavailable, Unavailable, Works, Works]),
    row(Service(Role::Product), Stalled, [Stale(5), NoAnswer(4), Works, NoAnswer(6), NoAnswer(6), Works, Works]),
    row(Service(Role::Product), Slow,    [Slower(3), Slower(3), Works, Slower(3), Slower(3), Works, Works]),

    row(Service(Role::Order), Down,    [Works, Works, Works, Unavailable, Unavailable, Unavailable, Works]),
    row(Service(Role::Order), Stalled, [Works, Works, Works, NoAnswer(6), NoAnswer(6), NoAnswer(6), Works]),
    row(Service(Role::Order), Slow,    [Works, Works, Works, Slower(3), Slower(3), Slower(3), Works]),

    row(Service(Role::Payment), Down,    [Works, Works, Works, Works, Unavailable, Works, Works]),
    row(Service(Role::Payment), Stalled, [Works, Works, Works, Works, NoAnswer(6), Works, Works]),
    row(Service(Role::Payment), Slow,    [Works, Works, Works, Works, Slower(3), Works, Works]),

    row(Service(Role::Notification), Down,    [Works, Works, Works, Works, Works, Works, Later]),
    row(Service(Role::Notification), Stalled, [Works, Works, Works, Works, Works, Works, Later]),
    row(Service(Role::Notification), Slow,    [Works, Works, Works, Works, Works, Works, Works]),

    row(Database(Role::User), Down,    [Works, Works, Unavailable, Works, Works, Works, Unavailable]),
    row(Database(Role::User), Stalled, [Works, Works, NoAnswer(4), Works, Works, Works, NoAnswer(4)]),
    row(Database(Role::User), Slow,    [Works, Works, Slower(4), Works, Works, Works, Slower(4)]),

    row(Database(Role::Product), Down,    [Kept(3), Unavailable, Works, Unavailable, Unavailable, Works, Works]),
    row(Database(Role::Product), Stalled, [Kept(5), NoAnswer(4), Works, NoAnswer(6), NoAnswer(6), Works, Works]),
    row(Database(Role::Product), Slow,    [Kept(5), Slower(4), Works, Slower(4), Slower(6), Works, Works]),

    row(Database(Role::Order), Down,    [Works, Works, Works, Unavailable, Unavailable, Unavailable, Works]),
    row(Database(Role::Order), Stalled, [Works, Works, Works, NoAnswer(6), NoAnswer(6), NoAnswer(6), Works]),
    row(Database(Role::Order), Slow,    [Works, Works, Works, Slower(4), Slower(5), Slower(4), Works]),

    row(Database(Role::Payment), Down,    [Works, Works, Works, Works, Unavailable, Works, Works]),
    row(Database(Role::Payment), Stalled, [Works, Works, Works, Works, NoAnswer(6), Works, Works]),
    row(Database(Role::Payment), Slow,    [Works, Works, Works, Works, Slower(5), Works, Works]),

    row(Database(Role::Notification), Down,    [Works, Works, Works, Works, Works, Works, Later]),
    row(Database(Role::Notification), Stalled, [Works, Works, Works, Works, Works, Works, Later]),
    row(Database(Role::Notification), Slow,    [Works, Works, Works, Works, Works, Works, Slower(10)]),

    row(Provider, Down,    [Works, Works, Works, Works, Canceled, Works, Works]),
    row(Provider, Stalled, [Works, Works, Works, Works, Later, Works, Works]),
    row(Provider, Slow,    [Works, Works, Works, Works, Slower(3), Works, Works]),

    row(Redis, Down,    [Works, Works, Works, Works, Works, Works, Works]),
    row(Redis, Stalled, [Works, Works, Works, Works, Works, Works, Works]),
    row(Redis, Slow,    [Works, Works, Works, Works, Works, Works, Works]),

    row(Bus, Down,    [Works, Works, Works, Works, Later, Works, Later]),
    row(Bus, Stalled, [Works, Works, Works, Works, Later, Works, Later]),
    row(Bus, Slow,    [Works, Works, Works, Works, Works, Works, Slower(5)]),

    row(Smtp, Down,    [Works, Works, Works, Works, Works, Works, Later]),
    row(Smtp, Stalled, [Works, Works, Works, Works, Works, Works, Later]),
    row(Smtp, Slow,    [Works, Works, Works, Works, Works, Works, Slower(10)]),
];
