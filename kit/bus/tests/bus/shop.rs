//! Two services with a bus between them: `order` states events, `payment` reacts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use souk_bus::{Bus, Consumer, Processor, Relay, Routes, Sink};
use souk_db::inbox::DeadLetter;
use souk_db::{Db, DbError, Migration, Statement, args, batch, inbox, outbox};
use souk_rpc::{Context, Error};
use souk_testkit::{TestDatabase, databases};
use souk_types::{Chance, Clock, Event};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::transport::Transport;

pub(crate) const ROUTES: Routes =
    &[("order.placed", &["payment"]), ("order.canceled", &["payment", "notification"])];

pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
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
    pub name: String,
    pub transport: Transport,
    _database: TestDatabase,
}

impl Shop {
    /// One on each kind of database, over each transport.
    pub(crate) async fn each() -> Vec<Shop> {
        let mut shops = Shop::direct().await;
        for database in databases() {
            shops.push(Shop::open(database, Transport::rabbitmq()).await);
        }
        #[cfg(feature = "kafka")]
        shops.push(Shop::open(databases().remove(0), Transport::kafka()).await);
        shops
    }

    /// One on each kind of database, without a broker.
    pub(crate) async fn direct() -> Vec<Shop> {
        let mut shops = Vec::new();
        for database in databases() {
            shops.push(Shop::open(database, Transport::Direct).await);
        }
        shops
    }

    /// One over each broker.
    pub(crate) async fn over_brokers() -> Vec<Shop> {
        vec![
            Shop::open(databases().remove(0), Transport::rabbitmq()).await,
            #[cfg(feature = "kafka")]
            Shop::open(databases().remove(0), Transport::kafka()).await,
        ]
    }

    pub(crate) async fn open(database: TestDatabase, transport: Transport) -> Shop {
        // What a failed test prints tells what the workers met. A second shop finds it set up.
        let _ = tracing_subscriber::fmt().with_test_writer().with_ansi(false).try_init();
        let open = async |name| Db::open(&database.config, name, MIGRATIONS).await.unwrap();
        Shop {
            order: open("order").await,
            payment: open("payment").await,
            notification: open("notification").await,
            clock: Clock::system(),
            chance: Chance::system(),
            stop: CancellationToken::new(),
            name: format!("{}, {}", database.name, transport.name()),
            transport,
            _database: database,
        }
    }

    /// All services in one process, receivers at work.
    pub(crate) fn bus(&self) -> Bus {
        let Some(bus) = self.broker() else {
            return self.bus_with(Sink::Local(self.notification.clone()));
        };
        self.receive(&bus, &self.stop);
        bus
    }

    /// The bus over the broker of this shop, as each of its processes has it.
    pub(crate) fn broker(&self) -> Option<Bus> {
        self.transport.bus(ROUTES, &self.clock)
    }

    /// The receivers of one replica of both services.
    pub(crate) fn receive(&self, bus: &Bus, stop: &CancellationToken) -> Vec<tokio::task::JoinHandle<()>> {
        let services = [("payment", &self.payment), ("notification", &self.notification)];
        let receivers = services.into_iter().filter_map(|(name, db)| bus.receiver(name, db.clone()));
        receivers.map(|receiver| receiver.spawn(stop.clone())).collect()
    }

    /// The consumer that does what the events say.
    pub(crate) fn payment(&self) -> Consumer {
        let db = self.payment.clone();
        Consumer::new("payment", self.payment.clone())
            .on::<Placed>(move |cx: Context, event: Placed| {
                let db = db.clone();
                async move { take_effect(&db, &cx, &event).await }
            })
            .on::<Canceled>(|_cx: Context, _event: Canceled| async { Ok::<(), Error>(()) })
    }

    /// That each event of these orders, numbered from 1, had one effect, in order.
    pub(crate) async fn assert_each_once_in_order(&self, orders: &[Uuid], events: i64) {
        let effects = effects(&self.payment).await;
        let numbers: Vec<i64> = (1..=events).collect();
        for order in orders {
            let seen: Vec<i64> =
                effects.iter().filter(|(subject, _)| subject == order).map(|(_, number)| *number).collect();
            assert_eq!(seen, numbers, "of {order} on {}", self.name);
        }
        assert_eq!(effects.len(), orders.len() * numbers.len(), "on {}", self.name);
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

/// Waits until it holds, and says how long that took. Fails after `time_max`.
pub(crate) async fn within(time_max: Duration, what: &str, holds: impl AsyncFn() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() <= time_max, "{what}: not within {time_max:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}
