//! The contract, a line per method.

use async_trait::async_trait;
use souk_contract::Done;
use souk_contract::order::{CartClaimed, ClaimCart, Order, PricesReplayed, ReplayPrices};
use souk_rpc::{Context, Error};

use crate::{Deps, flows, store};

pub(crate) struct OrderService {
    pub(crate) deps: Deps,
}

#[async_trait]
impl Order for OrderService {
    async fn claim_cart(&self, cx: &Context, request: ClaimCart) -> Result<CartClaimed, Error> {
        Ok(flows::claim_cart::claim_cart(cx, &self.deps, request.cart, request.user).await?)
    }

    async fn replay_prices(&self, cx: &Context, request: ReplayPrices) -> Result<PricesReplayed, Error> {
        Ok(flows::replay_prices::replay_prices(cx, &self.deps, request).await?)
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        store::ping(&self.deps.db).await?;
        Ok(Done {})
    }
}
