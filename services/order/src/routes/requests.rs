//! What clients send, and the rules it must keep. The bounds in the descriptions are the ones that are checked.

use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_contract::payment::PaymentMethod;
use souk_contract::{Address, card};
use souk_rpc::Error;
use souk_types::{CartId, Cursor, Money, OrderId};
use utoipa::{IntoParams, ToSchema};

use super::lines::LineRequest;
use crate::domain::cart::{Details, LINES_MAX, QUANTITY_MAX};
use crate::domain::order::{FulfillmentStatus, OrderState, Parcel, PaymentStatus, ShipmentLine};
use crate::domain::pricing::is_word;
use crate::flows::find_variants::WantedLine;
use crate::store::orders::Filter;

const LIMIT_DEFAULT: u32 = 20;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CreateCart {
    /// ISO 4217 code of one of the shop's currencies; the shop's first one when absent.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    currency: Option<String>,
    #[schema(max_items = 100)]
    lines: Vec<LineRequest>,
}

impl CreateCart {
    pub(crate) fn check(self) -> Result<(Option<String>, Vec<WantedLine>), Error> {
        let mut rules = Rules::new();
        if let Some(currency) = &self.currency {
            let fits = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
            rules.require(fits, "currency", "iso_4217", "must be three capital letters, such as EUR");
        }
        rules.require(self.lines.len() <= LINES_MAX, "lines", "max_items", "must be 100 at most");
        for (at, line) in self.lines.iter().enumerate() {
            line.check(&format!("lines[{at}]."), &mut rules);
        }
        rules.check()?;
        let lines = self.lines.into_iter().enumerate().map(|(at, line)| line.wanted(Some(at)));
        Ok((self.currency, lines.collect()))
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetQuantity {
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
    /// The version that the buyer has seen; refused when the cart has moved on.
    #[serde(default)]
    #[schema(minimum = 1)]
    version: Option<i64>,
}

impl SetQuantity {
    pub(crate) fn check(self) -> Result<(u32, Option<i64>), Error> {
        let mut rules = Rules::new();
        rules.range("quantity", self.quantity, 1..=QUANTITY_MAX);
        check_version(&mut rules, self.version);
        rules.check()?;
        Ok((self.quantity, self.version))
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeenVersion {
    /// The version that the buyer has seen; refused when the cart has moved on.
    #[param(minimum = 1)]
    version: Option<i64>,
}

impl SeenVersion {
    pub(crate) fn check(self) -> Result<Option<i64>, Error> {
        let mut rules = Rules::new();
        rules.require(
            self.version.is_none_or(|version| version >= 1),
            "?version",
            "range",
            "must be 1 or more",
        );
        rules.check()?;
        Ok(self.version)
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainParams {
    /// 1: each amount with the rule that made it, and why what did not apply did not.
    #[param(minimum = 0, maximum = 1)]
    explain: Option<u8>,
}

impl ExplainParams {
    pub(crate) fn check(self) -> Result<bool, Error> {
        let mut rules = Rules::new();
        rules.require(self.explain.is_none_or(|explain| explain <= 1), "?explain", "range", "must be 0 or 1");
        rules.check()?;
        Ok(self.explain == Some(1))
    }
}

pub(crate) fn check_code(code: &str) -> Result<(), Error> {
    let mut rules = Rules::new();
    rules.require(is_word(code), "code", "format", "must be 1 to 40 letters, digits, - or _");
    rules.check()
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CartDetails {
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    email: Option<String>,
    shipping_address: Option<Address>,
    /// Code of a shipping option.
    #[schema(min_length = 1, max_length = 64, pattern = "^[!-~]+$", example = "standard")]
    shipping_method: Option<String>,
    /// The version that the buyer has seen; refused when the cart has moved on.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

impl CartDetails {
    pub(crate) fn check(self) -> Result<(Details, Option<i64>), Error> {
        let mut rules = Rules::new();
        if let Some(email) = &self.email {
            rules.email("email", email);
        }
        if let Some(address) = &self.shipping_address {
            rules.all(address.check("shipping_address"));
        }
        if let Some(method) = &self.shipping_method {
            check_visible(&mut rules, "shipping_method", method, 64);
        }
        check_version(&mut rules, self.version);
        rules.check()?;
        let CartDetails { email, shipping_address, shipping_method, version } = self;
        Ok((Details { email, shipping_address, shipping_method, codes: Vec::new() }, version))
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckoutRequest {
    /// The version of the cart that the buyer has seen.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    pub(crate) payment: PaymentMethod,
    /// Where the payment provider sends the buyer back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        max_length = 2000,
        pattern = "^https?://[!-~]+$",
        example = "https://shop.example/checkout/done"
    )]
    pub(crate) return_url: Option<String>,
    /// What the buyer has seen it cost; refused when it costs something else by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expected_total: Option<Money>,
}

impl CheckoutRequest {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut rules = Rules::new();
        check_version(&mut rules, Some(self.version));
        // Visible ASCII is what all providers give out; what it says is their business.
        check_visible(&mut rules, "payment.provider", &self.payment.provider, 40);
        check_visible(&mut rules, "payment.token", &self.payment.token, 200);
        if let Some(url) = &self.return_url {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let fits =
                rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()));
            rules.require(fits && url.len() <= 2000, "return_url", "url", "must be an http or https address");
        }
        rules.check()?;
        refuse_card_number("payment.provider", &self.payment.provider)?;
        refuse_card_number("payment.token", &self.payment.token)?;
        refuse_card_number("return_url", self.return_url.as_deref().unwrap_or_default())
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GuestProof {
    /// For guests: the id of the cart that the order came from.
    pub(crate) cart: Option<CartId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookUp {
    /// As the mail shows it.
    #[schema(min_length = 1, max_length = 40, pattern = "^[ -~]*[!-~][ -~]*$", example = "7K2M9QX4TB")]
    pub(crate) number: String,
    #[schema(format = Email, max_length = 254, example = "ada@example.com")]
    pub(crate) email: String,
}

impl LookUp {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut rules = Rules::new();
        rules.text("number", &self.number, 1..=40);
        rules.require(self.number.is_ascii(), "number", "ascii", "has letters and digits only");
        rules.email("email", &self.email);
        rules.check()
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Orders per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 200)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrdersParams {
    /// Orders per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 200)]
    cursor: Option<String>,
    #[param(inline)]
    state: Option<OrderState>,
    #[param(inline)]
    payment_status: Option<PaymentStatus>,
    #[param(inline)]
    fulfillment_status: Option<FulfillmentStatus>,
    /// Exactly as it was given.
    #[param(max_length = 254, pattern = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*$")]
    email: Option<String>,
    #[param(max_length = 40, pattern = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*$")]
    number: Option<String>,
}

/// Where a page starts and how long it is.
pub(crate) struct Window {
    pub(crate) limit: usize,
    pub(crate) after: Option<OrderId>,
}

impl PageParams {
    pub(crate) fn check(self) -> Result<Window, Error> {
        window(self.limit, self.cursor.as_deref())
    }
}

impl OrdersParams {
    pub(crate) fn check(self) -> Result<(Filter, Window), Error> {
        let mut rules = Rules::new();
        for (field, value, max) in [("?email", &self.email, 254), ("?number", &self.number, 40)] {
            if let Some(value) = value {
                rules.text(field, value, 0..=max);
            }
        }
        rules.check()?;
        let window = window(self.limit, self.cursor.as_deref())?;
        let filter = Filter {
            user: None,
            state: self.state,
            payment_status: self.payment_status,
            fulfillment_status: self.fulfillment_status,
            email: self.email,
            number: self.number.as_deref().map(crate::domain::number::normalize),
        };
        Ok((filter, window))
    }
}

fn window(limit: Option<u32>, cursor: Option<&str>) -> Result<Window, Error> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    let mut rules = Rules::new();
    rules.range("?limit", limit, 1..=100);
    rules.check()?;
    let after = cursor.map(Cursor::decode).transpose();
    let after = after.map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    Ok(Window { limit: limit as usize, after })
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CancelRequest {
    /// Why, for the timeline; the buyer sees it.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*$")]
    note: Option<String>,
}

impl CancelRequest {
    pub(crate) fn check(self) -> Result<Option<String>, Error> {
        let mut rules = Rules::new();
        if let Some(note) = &self.note {
            rules.text("note", note, 0..=500);
        }
        rules.check()?;
        refuse_card_number("note", self.note.as_deref().unwrap_or_default())?;
        Ok(self.note)
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShipRequest {
    #[schema(min_length = 1, max_length = 100, pattern = "^[ -~]*[!-~][ -~]*$", example = "DHL")]
    carrier: String,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$")]
    tracking_number: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000, pattern = "^https?://[!-~]+$")]
    tracking_url: Option<String>,
    /// What is in the parcel; all that is left when absent or empty.
    #[serde(default)]
    #[schema(max_items = 100)]
    lines: Vec<ShipmentLine>,
}

impl ShipRequest {
    pub(crate) fn check(self) -> Result<(Parcel, Vec<ShipmentLine>), Error> {
        let mut rules = Rules::new();
        rules.text("carrier", &self.carrier, 1..=100);
        let printable = self.carrier.bytes().all(|b| matches!(b, b' '..=b'~'));
        rules.require(printable, "carrier", "ascii", "has printable ASCII characters only");
        if let Some(number) = &self.tracking_number {
            check_visible(&mut rules, "tracking_number", number, 100);
        }
        if let Some(url) = &self.tracking_url {
            let scheme = url.starts_with("https://") || url.starts_with("http://");
            check_visible(&mut rules, "tracking_url", url, 2000);
            rules.require(
                scheme && !url.ends_with("://"),
                "tracking_url",
                "url",
                "must be an http or https address",
            );
        }
        rules.require(self.lines.len() <= LINES_MAX, "lines", "max_items", "must be 100 at most");
        for (at, line) in self.lines.iter().enumerate() {
            rules.range(&format!("lines[{at}].quantity"), line.quantity, 1..=QUANTITY_MAX);
        }
        rules.check()?;
        let ShipRequest { carrier, tracking_number, tracking_url, lines } = self;
        Ok((Parcel { carrier, tracking_number, tracking_url }, lines))
    }
}

/// Before anything of the request is kept or logged.
pub(super) fn refuse_card_number(field: &str, text: &str) -> Result<(), Error> {
    if card::has_card_number(text) { Err(card::card_number_refused(field)) } else { Ok(()) }
}

pub(super) fn check_version(rules: &mut Rules, version: Option<i64>) {
    rules.require(version.is_none_or(|version| version >= 1), "version", "range", "must be 1 or more");
}

fn check_visible(rules: &mut Rules, field: &str, value: &str, max: usize) {
    let fits = (1..=max).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    rules.require(fits, field, "format", &format!("must be 1 to {max} visible ASCII characters"));
}
