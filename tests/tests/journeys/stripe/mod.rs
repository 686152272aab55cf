//! A shop that takes money through Stripe, which is played by localstripe.

mod desk;
mod paying;
mod ringing;

/// Tells a journey of Stripe in one process and in six.
macro_rules! stripe_journey {
    ($name:ident($desk:ident) $story:block) => {
        mod $name {
            #[allow(unused_imports, reason = "not every journey needs all of its module")]
            use super::*;

            async fn story($desk: &super::super::desk::StripeShop) -> anyhow::Result<()> $story

            async fn told(topology: souk_tests::Topology) -> anyhow::Result<()> {
                let desk = super::super::desk::StripeShop::open(topology).await?;
                story(&desk).await?;
                desk.close().await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() -> anyhow::Result<()> {
                told(souk_tests::Topology::Embedded).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn split() -> anyhow::Result<()> {
                told(souk_tests::Topology::Split).await
            }
        }
    };
}
use stripe_journey;
