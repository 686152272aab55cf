//! What each mail says, ready to be put into its template: amounts are text, links are checked.

use std::time::Duration;

use serde::Serialize;
use souk_contract::Address;
use souk_contract::events::{OrderCanceled, OrderPlaced, OrderRefunded, OrderShipped, OrderedLine};
use souk_types::{Money, Timestamp};

use super::format_money;

/// A link with a token in it.
#[derive(Debug, Serialize)]
pub struct TokenLetter {
    pub name: String,
    pub token: String,
    /// Such as `24 hours`.
    pub valid_for: String,
}

/// About an account; nothing to click.
#[derive(Debug, Serialize)]
pub struct AccountLetter {
    pub name: String,
}

#[derive(Debug, Serialize)]
pub struct PlacedLetter {
    pub number: String,
    pub lines: Vec<LetterLine>,
    pub subtotal: String,
    /// With its minus sign; absent when there is none.
    pub discount: Option<String>,
    pub shipping: String,
    pub shipping_method: String,
    /// Added on top of the prices.
    pub tax: Option<String>,
    /// Contained in the prices.
    pub tax_included: Option<String>,
    /// To the smallest coin.
    pub rounding: Option<String>,
    pub total: String,
    /// Line by line.
    pub address: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct LetterLine {
    pub title: String,
    pub variant_title: String,
    pub sku: String,
    pub quantity: u32,
    pub unit_price: String,
    pub total: String,
}

#[derive(Debug, Serialize)]
pub struct CanceledLetter {
    pub number: String,
    /// Stable, see `OrderCanceled::reason`; the template puts it into words.
    pub reason: String,
    pub total: String,
}

#[derive(Debug, Serialize)]
pub struct ShippedLetter {
    pub number: String,
    pub carrier: String,
    pub tracking_number: Option<String>,
    /// An `https` or `http` address; any other is left out.
    pub tracking_url: Option<String>,
    pub lines: Vec<ShippedLetterLine>,
    pub complete: bool,
}

#[derive(Debug, Serialize)]
pub struct ShippedLetterLine {
    pub title: String,
    pub sku: String,
    pub quantity: u32,
}

#[derive(Debug, Serialize)]
pub struct RefundedLetter {
    pub number: String,
    pub amount: String,
    pub reason: String,
}

impl TokenLetter {
    pub fn new(name: String, token: String, expires_at: Timestamp, now: Timestamp) -> TokenLetter {
        TokenLetter { name, token, valid_for: duration_text(expires_at.since(now)) }
    }
}

impl From<OrderPlaced> for PlacedLetter {
    fn from(order: OrderPlaced) -> PlacedLetter {
        let totals = order.totals;
        let unless_zero = |money: Money| (money.amount != 0).then(|| format_money(money));
        PlacedLetter {
            number: order.number,
            lines: order.lines.into_iter().map(LetterLine::from).collect(),
            subtotal: format_money(totals.subtotal),
            discount: unless_zero(totals.discount).map(|discount| format!("-{discount}")),
            shipping: format_money(totals.shipping),
            shipping_method: order.shipping_method,
            tax: unless_zero(totals.tax),
            tax_included: unless_zero(totals.tax_included),
            rounding: totals.rounding.and_then(unless_zero),
            total: format_money(totals.total),
            address: address_lines(order.shipping_address),
        }
    }
}

impl From<OrderedLine> for LetterLine {
    fn from(line: OrderedLine) -> LetterLine {
        LetterLine {
            title: line.title,
            variant_title: line.variant_title,
            sku: line.sku,
            quantity: line.quantity,
            unit_price: format_money(line.unit_price),
            total: format_money(line.total),
        }
    }
}

impl From<OrderCanceled> for CanceledLetter {
    fn from(order: OrderCanceled) -> CanceledLetter {
        CanceledLetter { number: order.number, reason: order.reason, total: format_money(order.total) }
    }
}

impl From<OrderShipped> for ShippedLetter {
    fn from(order: OrderShipped) -> ShippedLetter {
        let lines = order.lines.into_iter();
        ShippedLetter {
            number: order.number,
            carrier: order.carrier,
            tracking_number: order.tracking_number,
            tracking_url: order.tracking_url.filter(|url| is_web_address(url)),
            lines: lines
                .map(|line| ShippedLetterLine { title: line.title, sku: line.sku, quantity: line.quantity })
                .collect(),
            complete: order.complete,
        }
    }
}

impl From<OrderRefunded> for RefundedLetter {
    fn from(order: OrderRefunded) -> RefundedLetter {
        RefundedLetter { number: order.number, amount: format_money(order.amount), reason: order.reason }
    }
}

/// Escaping keeps a link inside its attribute, and this keeps it from being a script.
fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn address_lines(address: Address) -> Vec<String> {
    let place = [address.postal_code, Some(address.city)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    [
        Some(address.name),
        address.company,
        Some(address.line1),
        address.line2,
        Some(place),
        address.region,
        Some(address.country),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn duration_text(left: Duration) -> String {
    let (minutes, hours) = (left.as_secs().div_ceil(60), left.as_secs() / 3_600);
    let count = |number: u64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match hours {
        0 | 1 => count(minutes, "minute"),
        2..=48 => count(hours, "hour"),
        _ => count(hours / 24, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_told_in_the_unit_that_fits() {
        let told = |seconds| duration_text(Duration::from_secs(seconds));
        assert_eq!(told(59), "1 minute");
        assert_eq!(told(3_600), "60 minutes");
        assert_eq!(told(86_400), "24 hours");
        assert_eq!(told(7 * 86_400), "7 days");
    }

    #[test]
    fn a_script_is_no_tracking_link() {
        assert!(is_web_address("https://track.example/1"));
        assert!(!is_web_address("javascript:alert(1)") && !is_web_address("data:text/html,x"));
    }
}
