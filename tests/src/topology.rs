//! Where the roles of a shop run, and on what.

use souk::Role;

/// Where the roles of a shop run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// All in one process.
    Embedded,
    /// Each in a process of its own, speaking HTTP.
    Split,
    /// Each in two processes with a data folder of their own, on PostgreSQL.
    Replicated,
}

impl Topology {
    /// Those that every journey is told over.
    pub const ALL: [Topology; 2] = [Topology::Embedded, Topology::Split];

    pub(crate) fn parts(self) -> Parts {
        let embedded = Parts { split: false, replicas: 1, postgres: false };
        match self {
            Topology::Embedded => embedded,
            Topology::Split => Parts { split: true, ..embedded },
            Topology::Replicated => Parts { split: true, replicas: 2, postgres: true },
        }
    }
}

/// What a topology is put together from; a new one names the parts that it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    /// Each role in a process of its own.
    pub(crate) split: bool,
    /// Processes of each.
    pub(crate) replicas: usize,
    /// A server of the shop's own, instead of files.
    pub(crate) postgres: bool,
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
