//! A running shop, or the part of one that runs in this process: starts it, settles it, closes it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::middleware::from_fn_with_state;
use souk_app::Worker;
use souk_app::serve::{Limits, Linger, PEERS_LINGER, serve};
use souk_db::{Db, inbox, outbox};
use souk_rpc::believe_context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Role;
use crate::config::Database;
use crate::data_dir::{Running, SearchFolder};
use crate::health::{self, Health};
use crate::plumbing::{self, Around};
use crate::wiring::{self, Contracts, Wired, World};

/// The roles of a shop that run in this process.
pub struct Shop {
    /// Address of the public listener, if the gateway runs here.
    pub public: Option<SocketAddr>,
    /// Role → URL of its internal listener.
    pub internal: BTreeMap<Role, String>,
    pub contracts: Contracts,
    world: World,
    dbs: Vec<Db>,
    doors: JoinSet<()>,
    workers: JoinSet<()>,
    closing: CancellationToken,
    stop_work: CancellationToken,
    _search_folder: Option<SearchFolder>,
}

impl Shop {
    /// Runs these roles, the gateway at `listen`.
    pub async fn start(world: World, roles: &[Role], listen: SocketAddr) -> Result<Shop> {
        let public =
            if roles.contains(&Role::Gateway) {
                let listener = TcpListener::bind(listen).await;
                Some(listener.with_context(|| {
                    format!("cannot listen at {listen}; is a shop running there already?")
                })?)
            } else {
                None
            };
        Shop::open(world, roles, public, true).await
    }

    /// Runs every service but no public door, for commands at the console: what a broker has is left to others.
    pub async fn start_behind_closed_doors(world: World) -> Result<Shop> {
        Shop::open(world, &Role::SERVICES, None, false).await
    }

    async fn open(world: World, roles: &[Role], public: Option<TcpListener>, receives: bool) -> Result<Shop> {
        // Before the services are built: what their caches count earlier goes nowhere.
        let (render, upkeep) = health::numbers();
        let Wired { services, contracts, dbs, ready, search_folder, redis } =
            wiring::wire(&world, roles).await?;
        let mut shop = Shop {
            public: public.as_ref().map(TcpListener::local_addr).transpose()?,
            internal: BTreeMap::new(),
            contracts: contracts.clone(),
            dbs,
            doors: JoinSet::new(),
            workers: JoinSet::new(),
            closing: CancellationToken::new(),
            stop_work: CancellationToken::new(),
            _search_folder: search_folder,
            world,
        };
        let around = Around { render: render.clone(), closing: shop.closing.clone(), receives, redis };
        let plumbed = plumbing::plumb(&shop.world, roles, services, &contracts, &around).await?;
        let believing = from_fn_with_state(shop.world.secret.clone(), believe_context);
        let (closing, secret) = (shop.closing.clone(), shop.world.secret.clone());
        let health = health::routes(Health { closing, dbs: shop.dbs.clone(), ready, render, secret });
        shop.listen_internally(roles, health.merge(plumbed.internal.layer(believing))).await?;
        for worker in plumbed.workers {
            shop.employ(worker);
        }
        shop.employ(upkeep);
        if let (Some(listener), Some(router)) = (public, plumbed.public) {
            let limits = Limits { linger: shop.public_linger(), ..Limits::default() };
            shop.doors.spawn(serve(listener, router, limits, shop.closing.clone()));
        }
        shop.announce()?;
        Ok(shop)
    }

    /// Each role listens where its peers look for it; a replica says itself which of those places is its own, and a
    /// shop in one process needs no more than a free port.
    async fn listen_internally(&mut self, roles: &[Role], router: Router) -> Result<()> {
        let alone = Role::SERVICES.iter().all(|role| roles.contains(role));
        let mut addresses: Vec<(Vec<Role>, String)> = Vec::new();
        if let Some(address) = self.world.internal_listen {
            addresses.push((roles.to_vec(), address.to_string()));
        } else if alone {
            addresses.push((roles.to_vec(), "127.0.0.1:0".to_owned()));
        } else {
            for role in roles {
                addresses.push((vec![*role], authority(&self.world.config.peers.urls(*role)[0])?));
            }
        }
        let linger = if alone { Linger::No } else { Linger::UntilUnused(PEERS_LINGER) };
        let limits = Limits { linger, ..Limits::default() };
        for (roles, address) in addresses {
            let listener = TcpListener::bind(&address).await;
            let listener =
                listener.with_context(|| format!("cannot listen at {address} for the other roles"))?;
            let url = format!("http://{}", reachable(listener.local_addr()?));
            self.internal.extend(roles.into_iter().map(|role| (role, url.clone())));
            self.doors.spawn(serve(listener, router.clone(), limits, self.closing.clone()));
        }
        Ok(())
    }

    /// On SQLite there is no other process that a balancer could turn to.
    fn public_linger(&self) -> Linger {
        match self.world.config.database {
            Database::Sqlite => Linger::No,
            Database::Postgres { .. } => Linger::For(Duration::from_millis(self.world.config.shop.linger_ms)),
        }
    }

    fn employ(&mut self, worker: Worker) {
        let token = self.stop_work.clone();
        let name = worker.name;
        self.workers.spawn(async move {
            (worker.run)(token).await;
            tracing::debug!(worker = name, "stopped");
        });
    }

    fn announce(&self) -> Result<()> {
        let public = self.public.map(|address| address.to_string());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        // Looking at the notes removes those of the dead.
        self.world.data.running();
        let running = Running { pid: std::process::id(), version, public, internal: self.internal.clone() };
        self.world.data.announce(&running)
    }

    /// Waits until no event is under way: outboxes empty, inboxes empty but for dead letters.
    pub async fn settle(&self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            let mut under_way = 0;
            for db in &self.dbs {
                under_way += outbox::lag(db).await?.unsent + inbox::lag(db).await?.pending;
            }
            if under_way == 0 {
                return Ok(());
            }
            if begun.elapsed() > patience {
                bail!("{under_way} events are still under way after {} s", patience.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Tells everybody that it closes, finishes what is under way, closes the doors, stops the workers, then the
    /// databases. What the workers leave undone, other replicas or the next start take up.
    pub async fn stop(mut self) {
        self.closing.cancel();
        while self.doors.join_next().await.is_some() {}
        self.stop_work.cancel();
        while self.workers.join_next().await.is_some() {}
        for db in &self.dbs {
            db.close().await;
        }
        self.world.data.withdraw(std::process::id());
    }
}

/// An address that listens on every interface is reached from this machine by its own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn authority(url: &str) -> Result<String> {
    let authority =
        url.strip_prefix("http://").with_context(|| format!("`{url}` must begin with http://"))?;
    Ok(authority.trim_end_matches('/').to_owned())
}
