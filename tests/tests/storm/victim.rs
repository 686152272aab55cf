//! What is hurt, how, and what its return is.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use souk::Role;
use souk_tests::{Seat, TestShop, eventually};
use tokio::task::block_in_place;

use crate::ground::Ground;

/// How long a process that was killed stays away before somebody starts it again.
const DEAD_FOR: Duration = Duration::from_secs(2);
const STOPPED_FOR: Duration = Duration::from_secs(10);
/// Starting is the machine's business, and not what is measured.
const STARTED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victim {
    /// One of the two, from 0.
    Replica(Role, usize),
    /// The server of that service's database.
    Database(Role),
    Redis,
    Broker,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Blow {
    /// `kill -9`.
    Killed,
    /// SIGSTOP for ten seconds.
    Stopped,
}

impl Victim {
    /// As the page calls it.
    pub(crate) fn name(self) -> String {
        match self {
            Victim::Replica(role, replica) => format!("{role} {}", ["a", "b"][replica]),
            Victim::Database(role) => format!("{role} database"),
            Victim::Redis => "Redis".to_owned(),
            Victim::Broker => "RabbitMQ".to_owned(),
        }
    }

    /// In the order of the page.
    pub(crate) fn all() -> Vec<Victim> {
        let roles =
            [Role::Gateway, Role::User, Role::Product, Role::Order, Role::Payment, Role::Notification];
        let replicas = roles.iter().flat_map(|role| [0, 1].map(|replica| Victim::Replica(*role, replica)));
        let databases = roles.iter().skip(1).map(|role| Victim::Database(*role));
        replicas.chain(databases).chain([Victim::Redis, Victim::Broker]).collect()
    }

    /// Strikes, waits, and brings it back; answers at the moment of its return.
    pub(crate) async fn suffers(self, blow: Blow, shop: &mut TestShop, ground: &mut Ground) -> Result<()> {
        self.is_struck(blow, shop, ground)?;
        tokio::time::sleep(if blow == Blow::Killed { DEAD_FOR } else { STOPPED_FOR }).await;
        self.returns(blow, shop, ground).await
    }

    fn is_struck(self, blow: Blow, shop: &mut TestShop, ground: &mut Ground) -> Result<()> {
        match (self, blow) {
            (Victim::Replica(role, replica), Blow::Killed) => {
                shop.kill_seat(&seat(role, replica));
                Ok(())
            }
            (Victim::Replica(role, replica), Blow::Stopped) => shop.freeze(&seat(role, replica), true),
            (Victim::Database(role), Blow::Killed) => block_in_place(|| ground.database(role)?.kill()),
            (Victim::Database(role), Blow::Stopped) => block_in_place(|| ground.database(role)?.pause()),
            (Victim::Redis, Blow::Killed) => ground.redis.kill(),
            (Victim::Redis, Blow::Stopped) => ground.redis.pause(),
            (Victim::Broker, Blow::Killed) => block_in_place(|| ground.rabbit.kill()),
            (Victim::Broker, Blow::Stopped) => ground.rabbit.pause(),
        }
    }

    async fn returns(self, blow: Blow, shop: &mut TestShop, ground: &mut Ground) -> Result<()> {
        match (self, blow) {
            (Victim::Replica(role, replica), Blow::Killed) => {
                let seat = seat(role, replica);
                shop.start_seat(&seat)?;
                eventually(STARTED_WITHIN, || async {
                    ensure!(shop.is_listening(&seat), "{seat:?} does not listen");
                    Ok(())
                })
                .await
            }
            (Victim::Replica(role, replica), Blow::Stopped) => shop.freeze(&seat(role, replica), false),
            (Victim::Database(role), Blow::Killed) => block_in_place(|| ground.database(role)?.restart()),
            (Victim::Database(role), Blow::Stopped) => block_in_place(|| ground.database(role)?.resume()),
            (Victim::Redis, Blow::Killed) => block_in_place(|| ground.redis.restart()),
            (Victim::Redis, Blow::Stopped) => ground.redis.resume(),
            (Victim::Broker, Blow::Killed) => block_in_place(|| ground.rabbit.restart()),
            (Victim::Broker, Blow::Stopped) => ground.rabbit.resume(),
        }
    }
}

fn seat(role: Role, replica: usize) -> Seat {
    Seat { roles: vec![role], replica }
}
