//! The contract: a line per method.

use souk_contract::Done;
use souk_contract::product::{
    FoundProducts, GetOffers, HoldOutcome, HoldStock, ImportProducts, ImportReport, Offers, Product,
    ReleaseStock, SearchProducts,
};
use souk_rpc::{Context, Error, Permission};

use crate::{Deps, flows};

pub(crate) struct ProductService {
    pub(crate) deps: Deps,
}

#[async_trait::async_trait]
impl Product for ProductService {
    async fn offers(&self, _cx: &Context, request: GetOffers) -> Result<Offers, Error> {
        Ok(flows::offers::offers(&self.deps, &request).await?)
    }

    async fn hold_stock(&self, cx: &Context, request: HoldStock) -> Result<HoldOutcome, Error> {
        Ok(flows::hold_stock::hold_stock(cx, &self.deps, request).await?)
    }

    async fn release_stock(&self, cx: &Context, request: ReleaseStock) -> Result<Done, Error> {
        Ok(flows::release_stock::release_stock(cx, &self.deps, request.order).await?)
    }

    async fn import_products(&self, cx: &Context, request: ImportProducts) -> Result<ImportReport, Error> {
        cx.require(Permission::CatalogWrite)?;
        Ok(flows::import_products::import_products(cx, &self.deps, request).await?)
    }

    async fn search_products(&self, _cx: &Context, request: SearchProducts) -> Result<FoundProducts, Error> {
        flows::find_keys::find_keys(&self.deps, request).await
    }

    async fn ping(&self, _cx: &Context, _request: Done) -> Result<Done, Error> {
        self.deps.db.ping().await?;
        Ok(Done {})
    }
}
