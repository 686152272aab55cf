//! The storm: under checkout load every process of a fleet and every server it stands on is killed and stopped in turn.
//!
//! `make test` strikes some of them; `make storm` strikes all, and writes docs/storm.md.

mod crowd;
mod doors;
mod ground;
mod page;
mod trial;
mod victim;

use std::time::Duration;

use anyhow::Result;
use souk::Role;

use trial::{BACK_WITHIN, Storm};
use victim::{Blow, Victim};

/// Each of these is killed, then stopped, in one shop.
async fn strikes_all(victims: &[Victim]) -> Result<()> {
    let mut storm = Storm::gathers(BACK_WITHIN).await?;
    for victim in victims {
        storm.strikes(*victim, Blow::Killed).await?;
        storm.strikes(*victim, Blow::Stopped).await?;
    }
    storm.ends()
}

async fn strikes_replicas_of(role: Role) -> Result<()> {
    strikes_all(&[Victim::Replica(role, 0), Victim::Replica(role, 1)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fleet_sells_on_when_one_of_each_is_killed_and_some_are_stopped() -> Result<()> {
    // Short, for everybody waits for this test.
    let mut storm = Storm::gathers(Duration::from_secs(2)).await?;
    for victim in [
        Victim::Replica(Role::Gateway, 0),
        Victim::Replica(Role::User, 1),
        Victim::Replica(Role::Product, 1),
        Victim::Replica(Role::Order, 0),
        Victim::Replica(Role::Payment, 1),
        Victim::Replica(Role::Notification, 0),
        Victim::Database(Role::Order),
        Victim::Redis,
        Victim::Broker,
    ] {
        storm.strikes(victim, Blow::Killed).await?;
    }
    storm.strikes(Victim::Replica(Role::Order, 1), Blow::Stopped).await?;
    storm.ends()
}

macro_rules! storms {
    ($($name:ident = $strikes:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "minutes each: `make storm`"]
            async fn $name() -> Result<()> {
                $strikes.await
            }
        )*
    };
}

storms! {
    over_the_gateways = strikes_replicas_of(Role::Gateway);
    over_the_user_service = strikes_replicas_of(Role::User);
    over_the_product_service = strikes_replicas_of(Role::Product);
    over_the_order_service = strikes_replicas_of(Role::Order);
    over_the_payment_service = strikes_replicas_of(Role::Payment);
    over_the_notification_service = strikes_replicas_of(Role::Notification);
    over_the_databases_of_catalog_and_people = strikes_all(&[
        Victim::Database(Role::User),
        Victim::Database(Role::Product),
        Victim::Database(Role::Notification),
    ]);
    over_the_databases_of_orders_and_money =
        strikes_all(&[Victim::Database(Role::Order), Victim::Database(Role::Payment)]);
    over_redis_and_the_broker = strikes_all(&[Victim::Redis, Victim::Broker]);
}
