//! Product, payment and user services that do as the test says, remember what was asked, and are idempotent.

use std::collections::{HashMap, VecDeque};

use async_trait::async_trait;
use parking_lot::Mutex;
use souk_contract::Done;
use souk_contract::payment::{
    Authorization, AuthorizationOutcome, Authorize, Payment, RefundOrder, Refunded,
};
use souk_contract::product::*;
use souk_contract::user::{Authenticate, CreateStaff, Customer, GetCustomer, Principal, StaffCreated, User};
use souk_rpc::{Context, Error};
use souk_types::{Chance, Money, OrderId, PaymentId, ProductId, RefundId, Timestamp, VariantId};

/// A catalog with real stock, so that a test can see whether any was lost.
#[derive(Default)]
pub struct FakeProduct {
    state: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    offers: HashMap<VariantId, Offer>,
    held: HashMap<OrderId, Vec<HoldLine>>,
    hold_calls: u32,
    /// What the catalog claims to have, whatever is there: a shop window that is behind the shelf.
    shown: HashMap<VariantId, i64>,
}

impl FakeProduct {
    /// A new variant at 19.99 EUR (or the price given) with so many units.
    pub fn sells(&self, units: i64) -> VariantId {
        self.sells_at(units, 1_999)
    }

    pub fn sells_at(&self, units: i64, price: i64) -> VariantId {
        let (chance, now) = (Chance::system(), super::START);
        let variant = VariantId::new(&chance, now);
        let currency = souk_types::Currency::EUR;
        let offer = Offer {
            variant,
            product: ProductId::new(&chance, now),
            sku: format!("SKU-{variant}"),
            title: "T-shirt".to_owned(),
            variant_title: "M / red".to_owned(),
            slug: "t-shirt".to_owned(),
            unit_price: Some(Money::new(price, currency)),
            tax_category: "standard".to_owned(),
            weight_grams: 200,
            published: true,
            available: units,
            backorder: false,
            image: None,
            categories: Vec::new(),
            collections: Vec::new(),
        };
        self.state.lock().offers.insert(variant, offer);
        variant
    }

    pub fn now_costs(&self, variant: VariantId, price: i64) {
        if let Some(offer) = self.state.lock().offers.get_mut(&variant) {
            offer.unit_price = Some(Money::new(price, souk_types::Currency::EUR));
        }
    }

    pub fn unpublishes(&self, variant: VariantId) {
        if let Some(offer) = self.state.lock().offers.get_mut(&variant) {
            offer.published = false;
        }
    }

    /// The catalog shows so many, whatever is left.
    pub fn shows(&self, variant: VariantId, units: i64) {
        self.state.lock().shown.insert(variant, units);
    }

    pub fn left(&self, variant: VariantId) -> i64 {
        self.state.lock().offers[&variant].available
    }

    pub fn holds(&self) -> usize {
        self.state.lock().held.len()
    }

    pub fn hold_calls(&self) -> u32 {
        self.state.lock().hold_calls
    }
}

#[async_trait]
impl Product for FakeProduct {
    async fn offers(&self, _: &Context, request: GetOffers) -> Result<Offers, Error> {
        let shelf = self.state.lock();
        let wanted =
            |offer: &&Offer| request.variants.contains(&offer.variant) || request.skus.contains(&offer.sku);
        let found = shelf.offers.values().filter(wanted).cloned().map(|mut offer| {
            offer.available = shelf.shown.get(&offer.variant).copied().unwrap_or(offer.available);
            offer.unit_price = offer.unit_price.filter(|price| price.currency == request.currency);
            offer
        });
        Ok(Offers { offers: found.collect() })
    }

    async fn hold_stock(&self, _: &Context, request: HoldStock) -> Result<HoldOutcome, Error> {
        let mut shelf = self.state.lock();
        shelf.hold_calls += 1;
        let held = HoldOutcome::Held { expires_at: request.expires_at };
        if shelf.held.contains_key(&request.order) {
            return Ok(held);
        }
        let shortages: Vec<_> = request
            .lines
            .iter()
            .filter_map(|line| {
                let available = shelf.offers[&line.variant].available;
                let short = available < i64::from(line.quantity);
                short.then_some(Shortage { variant: line.variant, requested: line.quantity, available })
            })
            .collect();
        if !shortages.is_empty() {
            return Ok(HoldOutcome::SoldOut { shortages });
        }
        for line in &request.lines {
            if let Some(offer) = shelf.offers.get_mut(&line.variant) {
                offer.available -= i64::from(line.quantity);
            }
        }
        shelf.held.insert(request.order, request.lines);
        Ok(held)
    }

    async fn release_stock(&self, _: &Context, request: ReleaseStock) -> Result<Done, Error> {
        let mut shelf = self.state.lock();
        for line in shelf.held.remove(&request.order).unwrap_or_default() {
            if let Some(offer) = shelf.offers.get_mut(&line.variant) {
                offer.available += i64::from(line.quantity);
            }
        }
        Ok(Done {})
    }

    async fn import_products(&self, _: &Context, _: ImportProducts) -> Result<ImportReport, Error> {
        Ok(ImportReport::default())
    }

    async fn search_products(&self, _: &Context, _: SearchProducts) -> Result<FoundProducts, Error> {
        Ok(FoundProducts::default())
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

/// What the bank says next.
#[derive(Debug, Clone)]
pub enum Says {
    Approved,
    Declined,
    NeedsBuyer,
    Unknown,
    /// No answer, and nobody knows whether it was done. It was.
    Lost,
    /// The request makes no sense to it.
    Refused,
}

/// A bank: one payment per order and attempt, however often it is asked.
#[derive(Default)]
pub struct FakePayment {
    state: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    script: VecDeque<Says>,
    payments: HashMap<(OrderId, u32), (PaymentId, Money, AuthorizationOutcome)>,
    refunds: HashMap<String, Refunded>,
    calls: u32,
}

impl FakePayment {
    /// Once; afterwards it approves again.
    pub fn next(&self, says: Says) {
        self.state.lock().script.push_back(says);
    }

    /// How often it was asked.
    pub fn calls(&self) -> u32 {
        self.state.lock().calls
    }

    /// What is set aside for us in all.
    pub fn authorized(&self) -> i64 {
        let books = self.state.lock();
        let held = books.payments.values().filter(|(_, _, o)| *o == AuthorizationOutcome::Authorized);
        held.map(|(_, amount, _)| amount.amount).sum()
    }

    pub fn refunds(&self) -> usize {
        self.state.lock().refunds.len()
    }
}

#[async_trait]
impl Payment for FakePayment {
    async fn authorize(&self, _: &Context, request: Authorize) -> Result<Authorization, Error> {
        let mut books = self.state.lock();
        books.calls += 1;
        let key = (request.order, request.attempt);
        if let Some((payment, _, outcome)) = books.payments.get(&key) {
            return Ok(Authorization { payment: *payment, outcome: outcome.clone() });
        }
        let says = books.script.pop_front().unwrap_or(Says::Approved);
        let outcome = match says {
            Says::Approved | Says::Lost => AuthorizationOutcome::Authorized,
            Says::Declined => AuthorizationOutcome::Declined { reason: "insufficient_funds".to_owned() },
            Says::NeedsBuyer => {
                AuthorizationOutcome::NeedsBuyer { url: "https://bank.example/3ds".to_owned() }
            }
            Says::Unknown => AuthorizationOutcome::Unknown,
            Says::Refused => {
                return Err(Error::unprocessable("unknown_provider", "no such payment provider"));
            }
        };
        let payment = PaymentId::new(&Chance::system(), Timestamp(0));
        books.payments.insert(key, (payment, request.amount, outcome.clone()));
        match says {
            Says::Lost => Err(Error::timeout("the bank did not answer in time")),
            _ => Ok(Authorization { payment, outcome }),
        }
    }

    async fn refund(&self, _: &Context, request: RefundOrder) -> Result<Refunded, Error> {
        let mut books = self.state.lock();
        let refund = RefundId::new(&Chance::system(), Timestamp(0));
        let made = Refunded { refund, amount: request.amount, settled: true };
        Ok(books.refunds.entry(request.key).or_insert(made).clone())
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

/// Knows everybody as Ada.
pub struct FakeUser;

#[async_trait]
impl User for FakeUser {
    async fn authenticate(&self, _: &Context, _: Authenticate) -> Result<Principal, Error> {
        Err(Error::internal("not asked by the order service"))
    }

    async fn customer(&self, _: &Context, request: GetCustomer) -> Result<Customer, Error> {
        Ok(Customer {
            id: request.user,
            email: "account@example.com".to_owned(),
            name: "Ada".to_owned(),
            email_verified: true,
            locale: "de".to_owned(),
        })
    }

    async fn create_staff(&self, _: &Context, _: CreateStaff) -> Result<StaffCreated, Error> {
        Err(Error::internal("not asked by the order service"))
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}
