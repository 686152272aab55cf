//! What connects the services that run here: the bus, its workers, the internal routes, the public door.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::middleware::from_fn;
use souk_app::{Service, Worker};
use souk_bus::{Bus, Processor, Relay, Sink};
use souk_contract::events;
use souk_gateway::{Export, RenderMetrics, Shopfront, Upstream, Upstreams};
use souk_payment::ProviderConfig;
use souk_redis::Redis;
use souk_rpc::Contract;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use crate::config::Transport;
use crate::letters::{Letters, LocalLetters, Mail, Mailrooms};
use crate::vitals::{LocalVitals, Part, Vitals};
use crate::wiring::{Contracts, World, remote};
use crate::{Role, ShopConfig, openapi, prune, queues};

/// The services with everything between them, ready to listen.
pub(crate) struct Plumbed {
    /// For peers: contracts, public routes, events, dead letters, vital signs.
    pub(crate) internal: Router,
    /// For everybody, where the gateway runs here.
    pub(crate) public: Option<Router>,
    pub(crate) workers: Vec<Worker>,
    /// Of the whole API, where the gateway runs here.
    pub(crate) openapi: Option<OpenApi>,
}

/// What the process gives to all that runs in it.
pub(crate) struct Around {
    pub(crate) render: RenderMetrics,
    pub(crate) closing: CancellationToken,
    /// Whether it takes events from a broker. A command that comes and goes would have every group share anew.
    pub(crate) receives: bool,
    /// What the process shares with its replicas, if the configuration has one.
    pub(crate) redis: Option<Redis>,
}

pub(crate) async fn plumb(
    world: &World,
    roles: &[Role],
    services: Vec<Service>,
    contracts: &Contracts,
    around: &Around,
) -> Result<Plumbed> {
    let bus = bus(world, &services)?;
    let openapi = openapi::merged(&services);
    let letters: Arc<dyn Letters> = Arc::new(LocalLetters {
        dbs: services.iter().map(|service| (service.name, service.db.clone())).collect(),
        clock: world.clock.clone(),
    });
    let dbs = services.iter().map(|service| (service.name, service.db.clone())).collect();
    let vitals = LocalVitals::new(roles, parts(world, around), dbs, world.clock.clone());
    let vitals: Arc<dyn Vitals> = Arc::new(vitals);
    let mut internal = bus.accept_routes().merge(<dyn Letters as Contract>::routes(Arc::clone(&letters)));
    internal = internal.merge(<dyn Vitals as Contract>::routes(vitals));
    let mut workers = Vec::new();
    let mut public: BTreeMap<&'static str, Router> = BTreeMap::new();
    for service in services {
        let (routes, _) = service.public.split_for_parts();
        internal = internal.merge(service.rpc).merge(routes.clone());
        public.insert(service.name, traced(with_manners(routes)));
        workers.extend(service.workers);
        workers.push(prune::worker(service.db.clone(), world.clock.clone()));
        workers.push(queues::worker(service.name, service.db.clone()));
        let relay = Relay::new(service.name, service.db.clone(), &bus, world.clock.clone());
        workers.push(Worker::new("relay", move |token| relay.run(token)));
        if around.receives
            && let Some(receiver) = bus.receiver(service.name, service.db.clone())
        {
            workers.push(Worker::new("receiver", move |token| receiver.run(token)));
        }
        for consumer in service.consumers {
            let processor = Processor::new(consumer, world.clock.clone());
            workers.push(Worker::new("processor", move |token| processor.run(token)));
        }
    }
    let internal = with_manners(internal);
    if !roles.contains(&Role::Gateway) {
        return Ok(Plumbed { internal, public: None, workers, openapi: None });
    }
    let mailrooms = mailrooms(world, roles, letters)?;
    let complete = Role::SERVICES.iter().all(|role| roles.contains(role));
    let openapi = if complete { openapi } else { Box::pin(openapi::of_all_services(world)).await? };
    let built = gateway(world, public, openapi, contracts, mailrooms, around)?;
    workers.extend(built.workers);
    let openapi = Some(built.gateway.openapi().clone());
    Ok(Plumbed { internal, public: Some(built.gateway.router()), workers, openapi })
}

/// What `souk status` tells of the process besides its databases. A bus in trouble shows by what waits in the outboxes.
fn parts(world: &World, around: &Around) -> Vec<Part> {
    let cache = match around.redis.clone() {
        Some(redis) => Part::new("cache", "redis", move || (!redis.is_up()).then(|| "away".to_owned())),
        None => Part::new("cache", "memory", || None),
    };
    let transport = match &world.config.bus {
        Transport::Direct => "direct",
        Transport::RabbitMq(_) => "rabbitmq",
        Transport::Kafka(_) => "kafka",
    };
    vec![cache, Part::new("bus", transport, || None)]
}

/// Unknown paths and methods get a problem document too.
fn with_manners(routes: Router) -> Router {
    routes.fallback(souk_app::http::fallback).method_not_allowed_fallback(souk_app::http::method_not_allowed)
}

/// Requests to a service of this process are spans, where traces are recorded.
fn traced(routes: Router) -> Router {
    if souk_trace::is_on() { routes.layer(from_fn(souk_rpc::trace_requests)) } else { routes }
}

fn bus(world: &World, services: &[Service]) -> Result<Bus> {
    let clock = world.clock.clone();
    match &world.config.bus {
        Transport::Direct => direct(world, services),
        Transport::RabbitMq(config) => Ok(Bus::rabbitmq(events::ROUTES, config, clock)?),
        Transport::Kafka(config) => Ok(Bus::kafka(events::ROUTES, config, clock)?),
    }
}

fn direct(world: &World, services: &[Service]) -> Result<Bus> {
    let mut sinks = Vec::new();
    for role in Role::SERVICES {
        let here = services.iter().find(|service| service.name == role.name());
        let sink = match here {
            Some(service) => Sink::Local(service.db.clone()),
            None => Sink::Http(remote(world, role)?),
        };
        sinks.push((role.name(), sink));
    }
    Ok(Bus::direct(events::ROUTES, sinks, world.clock.clone())?)
}

/// Letters are kept where their consumer runs.
fn mailrooms(world: &World, roles: &[Role], here: Arc<dyn Letters>) -> Result<Mailrooms> {
    let mut rooms = Mailrooms::new();
    for role in Role::SERVICES {
        let room: Arc<dyn Letters> =
            if roles.contains(&role) { Arc::clone(&here) } else { Arc::new(remote(world, role)?) };
        rooms.insert(role.name(), room);
    }
    Ok(rooms)
}

fn gateway(
    world: &World,
    mut here: BTreeMap<&'static str, Router>,
    openapi: OpenApi,
    contracts: &Contracts,
    mailrooms: Mailrooms,
    around: &Around,
) -> Result<souk_gateway::Built> {
    let mut upstream = |role: Role| match here.remove(role.name()) {
        Some(router) => Ok(Upstream::Local(router)),
        None => remote(world, role).map(Upstream::Remote),
    };
    let deps = souk_gateway::Deps {
        upstreams: Upstreams {
            user: upstream(Role::User)?,
            product: upstream(Role::Product)?,
            order: upstream(Role::Order)?,
            payment: upstream(Role::Payment)?,
            notification: upstream(Role::Notification)?,
        },
        user: Arc::clone(&contracts.user),
        product: Arc::clone(&contracts.product),
        order: Arc::clone(&contracts.order),
        payment: Arc::clone(&contracts.payment),
        dead_letters: Arc::new(Mail(mailrooms)),
        openapi,
        metrics: Arc::clone(&around.render),
        redis: around.redis.clone(),
        closing: around.closing.clone(),
        clock: world.clock.clone(),
        chance: world.chance.clone(),
        dev: world.dev,
        shopfront: shopfront(&world.config)?,
    };
    Ok(souk_gateway::build(world.config.gateway.clone(), deps)?)
}

/// The storefront that the configuration names, or the one in this binary, or none.
fn shopfront(config: &ShopConfig) -> Result<Option<Shopfront>> {
    if config.storefront.off {
        return Ok(None);
    }
    let export = match &config.storefront.export {
        Some(folder) => Some(Export::read(folder)?),
        None => Export::embedded(),
    };
    let own = config.product.currency;
    let others = config.storefront.currencies.iter().copied().filter(|other| *other != own);
    let currencies = std::iter::once(own).chain(others).map(|currency| currency.code().to_owned()).collect();
    let providers = config.payment.providers.values();
    let stripe = providers.into_iter().any(|provider| matches!(provider, ProviderConfig::Stripe(_)));
    Ok(export.map(|export| Shopfront {
        export,
        name: config.notification.shop_name.clone(),
        url: config.notification.shop_url.clone(),
        currencies,
        stripe,
    }))
}
