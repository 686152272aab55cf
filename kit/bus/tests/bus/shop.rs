//! Two services with a bus between them: `order` states events, `payment` reacts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_bus::{Bus, Consumer, Processor, Relay, Routes, Sink};
use souk_db::inbox::DeadLetter;
use souk_db::{Db, DbError, Migration, Statement, args, batch, inbox, outbox};
use souk_rpc::Context;
use souk_testkit::{TestDatabase, databases};
use souk_types::{Chance, Clock, Event};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const ROUTES: Routes =
    &[("order.placed", &["payment"]), ("order.canceled", &["payment", "notification"])];

const MIGRATIONS: &[Migration] = &[Migration {
    version: 101,
    name: "effects",
    sql: "create table effects (place bigint primary key, subject uuid not null, number bigint not null)",
}];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub order: Uuid,
    pub number: i64,
}

impl Event for Placed {
    const TYPE: &'static str = "order.placed";
    fn subject(&self) -> Uuid {
        self.order
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Canceled {
    pub order: Uuid,
}

impl Event for Canceled {
    const TYPE: &'static str = "order.canceled";
    fn subject(&self) -> Uuid {
        self.order
    }
}

pub(crate) struct Shop {
    pub order: Db,
    pub payment: Db,
    pub notification: Db,
    pub clock: Clock,
    pub chance: Chance,
    pub stop: CancellationToken,
    pub name: &'static str,
    _database: TestDatabase,
}

impl Shop {
    /// One on each kind of database.
    pub(crate) async fn each() -> Vec<Shop> {
        let mut shops = Vec::new();
        for database in databases() {
            let open = async |name| Db::open(&database.config, name, MIGRATIONS).await.unwrap();
            shops.push(Shop {
                order: open("order").await,
                payment: open("payment").await,
                notification: open("notification").await,
                clock: Clock::system(),
                chance: Chance::system(),
                stop: CancellationToken::new(),
                name: database.name,
                _database: database,
            });
        }
        shops
    }

    /// All services in one process.
    pub(crate) fn bus(&self) -> Bus {
        self.bus_with(Sink::Local(self.notification.clone()))
    }

    pub(crate) fn bus_with(&self, notification: Sink) -> Bus {
        let payment = Sink::Local(self.payment.clone());
        Bus::direct(ROUTES, [("payment", payment), ("notification", notification)], self.clock.clone())
            .unwrap()
    }

    pub(crate) fn relay(&self, bus: &Bus) {
        Relay::new("order", self.order.clone(), bus, self.clock.clone()).spawn(self.stop.clone());
    }

    pub(crate) fn react(&self, consumer: Consumer) {
        Processor::new(consumer, self.clock.clone()).spawn(self.stop.clone());
    }

    pub(crate) async fn emit<E: Event>(&self, sequence: i64, event: &E) {
        let statement =
            outbox::emit(&Context::system("test"), self.clock.now(), &self.chance, "order", sequence, event);
        self.order.commit(&Context::system("test"), statement).await.unwrap();
    }

    /// A new order with this many events, numbered from 1.
    pub(crate) async fn order_of(&self, events: i64) -> Uuid {
        let order = self.chance.uuid_v7(self.clock.now());
        for number in 1..=events {
            self.emit(number, &Placed { order, number }).await;
        }
        order
    }

    pub(crate) async fn dead_letters(&self) -> Vec<DeadLetter> {
        inbox::dead_letters(&self.payment, None, 100).await.unwrap()
    }

    pub(crate) async fn redrive(&self, letter: &DeadLetter) {
        let redrive = inbox::redrive("payment", letter.envelope.id, self.clock.now());
        self.payment.commit(&Context::system("test"), redrive).await.unwrap();
    }

    /// Nothing on its way out, nothing waiting inside.
    pub(crate) async fn is_quiet(&self) -> bool {
        let unsent = outbox::lag(&self.order).await.unwrap().unsent;
        unsent == 0 && inbox::lag(&self.payment).await.unwrap().pending == 0
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The effect of a reaction: a row, in the order in which reactions committed.
pub(crate) async fn take_effect(db: &Db, cx: &Context, event: &Placed) -> Result<(), DbError> {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    let place = NEXT.fetch_add(1, Ordering::SeqCst);
    let effect = Statement::new(
        "effects.add",
        "insert into effects (place, subject, number) values ($1, $2, $3)",
        args![place, event.order, event.number],
    );
    db.commit(cx, batch![effect]).await.map(drop)
}

/// Order and number of each effect, in the order in which they happened.
pub(crate) async fn effects(db: &Db) -> Vec<(Uuid, i64)> {
    db.read("select subject, number from effects order by place", args![], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .await
    .unwrap()
}

/// Waits until it holds, for twenty seconds at most.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 20 s");
}
