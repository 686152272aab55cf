//! The service as the others see it: a line per method.

use souk_contract::Done;
use souk_contract::payment::{Authorization, Authorize, Payment, RefundOrder, Refunded};
use souk_rpc::{Context, Error};

use crate::{Deps, flows, store};

pub(crate) struct PaymentService {
    pub(crate) deps: Deps,
}

#[async_trait::async_trait]
impl Payment for PaymentService {
    async fn authorize(&self, cx: &Context, request: Authorize) -> Result<Authorization, Error> {
        flows::authorize::authorize(cx, &self.deps, request).await
    }

    async fn refund(&self, cx: &Context, request: RefundOrder) -> Result<Refunded, Error> {
        flows::refund::refund(cx, &self.deps, request).await
    }

    async fn ping(&self, _cx: &Context, _request: Done) -> Result<Done, Error> {
        store::exceptions::count_open(&self.deps.db).await?;
        Ok(Done {})
    }
}
