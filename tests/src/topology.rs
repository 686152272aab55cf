//! Where the roles of a shop run, and on what.

use souk::Role;

/// Where the roles of a shop run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// All in one process, on SQLite.
    Embedded,
    /// Each in a process of its own, speaking HTTP, on SQLite.
    Split,
    /// Each in two processes with a data folder of their own, on PostgreSQL and Redis, with a broker for the events.
    Replicated(Broker),
}

/// What carries the events of replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broker {
    RabbitMq,
    Kafka,
}

impl Topology {
    pub(crate) fn parts(self) -> Parts {
        let embedded = Parts { split: false, replicas: 1, broker: None };
        match self {
            Topology::Embedded => embedded,
            Topology::Split => Parts { split: true, ..embedded },
            Topology::Replicated(broker) => Parts { split: true, replicas: 2, broker: Some(broker) },
        }
    }
}

/// What a topology is put together from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// Each role in a process of its own.
    pub(crate) split: bool,
    /// Processes of each.
    pub(crate) replicas: usize,
    /// Servers to stand on, and which of them carries the events; files without one.
    pub(crate) broker: Option<Broker>,
}

/// The place of one process in a shop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    pub roles: Vec<Role>,
    /// From 0.
    pub replica: usize,
}

impl Seat {
    pub fn is_gateway(&self) -> bool {
        self.roles.contains(&Role::Gateway)
    }

    /// Fit for the name of a folder.
    pub(crate) fn name(&self) -> String {
        let roles: Vec<_> = self.roles.iter().map(|role| role.name()).collect();
        format!("{}-{}", roles.join("-"), self.replica)
    }
}
