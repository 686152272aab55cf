//! The journeys. Each is told over every topology, and the auditor has the last word.

mod accounts;
mod bad_input;
mod bad_input_everywhere;
mod brokers;
mod buying;
mod crashes;
mod fail_points;
mod payments;
mod promotions;
mod proxy;
mod races;
mod readme;
mod redis;
mod replicas;
mod search_eval;
mod status;
mod stress;
mod stripe;
mod surfaces;
mod traces;

/// Tells one journey in every topology: each becomes a test of its own.
macro_rules! journey {
    ($(#[$doc:meta])* $name:ident($shop:ident) $story:block) => {
        mod $name {
            #[allow(unused_imports, reason = "not every journey needs all of its module")]
            use super::*;

            async fn story($shop: &mut souk_tests::TestShop) -> anyhow::Result<()> $story

            async fn told(topology: souk_tests::Topology) -> anyhow::Result<()> {
                let mut shop = souk_tests::TestShop::open(topology).await?;
                story(&mut shop).await?;
                shop.audit().await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() -> anyhow::Result<()> {
                told(souk_tests::Topology::Embedded).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn split() -> anyhow::Result<()> {
                told(souk_tests::Topology::Split).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn replicated_over_rabbitmq() -> anyhow::Result<()> {
                told(souk_tests::Topology::Replicated(souk_tests::Broker::RabbitMq)).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn replicated_over_kafka() -> anyhow::Result<()> {
                told(souk_tests::Topology::Replicated(souk_tests::Broker::Kafka)).await
            }
        }
    };
}
pub(crate) use journey;
