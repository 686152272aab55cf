//! A month of the ledger as CSV, for bookkeepers: streamed page by page, so that its length costs no memory.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Deserialize;
use souk_app::http::{Problems, Query};
use souk_db::DbError;
use souk_rpc::{Context, Error, Permission};
use souk_types::{PostingId, Timestamp};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::store::ledger::LedgerLeg;
use crate::{Deps, store};

/// Rows that are in memory at once.
const PAGE: u32 = 500;
const HEAD: &str =
    "posting_id,leg,posted_at,template,source_id,payment_id,debit,credit,currency,minor_units\r\n";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichMonth {
    /// The month in UTC.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$", min_length = 7, max_length = 7, example = "2026-11")]
    month: String,
}

/// Export a month of the ledger
///
/// CSV (RFC 4180), a line for each leg in the order of posting. An export that breaks off is cut off without an end of the
/// answer, so a client that got all of it knows.
#[utoipa::path(get, path = "/v1/admin/ledger/export", operation_id = "export_ledger", tag = "admin",
    params(WhichMonth),
    responses((status = 200, body = String, content_type = "text/csv", description = "The postings of the month."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn export_ledger(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichMonth>,
) -> Result<Response, Error> {
    cx.require(Permission::PaymentsRead)?;
    let (from, until) = bounds(&which.month)
        .ok_or_else(|| Error::invalid("?month", "pattern", "must be a month, such as 2026-11"))?;
    let name = format!("attachment; filename=\"ledger-{}.csv\"", which.month);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(lines(deps, from, until))).into_response())
}

/// From the first moment of the month until the first of the next one.
fn bounds(month: &str) -> Option<(Timestamp, Timestamp)> {
    let (year, number) = month.split_once('-')?;
    let digits = |text: &str, length: usize| {
        (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u16>().ok())?
    };
    let (year, number) = (digits(year, 4)?, digits(number, 2)?);
    let (next_year, next) = if number == 12 { (year + 1, 1) } else { (year, number + 1) };
    let first = |year: u16, month: u16| format!("{year:04}-{month:02}-01T00:00:00Z").parse().ok();
    Some((first(year, number)?, first(next_year, next)?))
}

/// The head, and then a page for each piece.
fn lines(deps: Deps, from: Timestamp, until: Timestamp) -> impl Stream<Item = Result<Bytes, DbError>> {
    let start = Some((first_posting(from), 0));
    let end = first_posting(until);
    let pages = futures::stream::try_unfold((deps, start), move |(deps, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let page = store::ledger::stretch(&deps.db, after, end, PAGE).await?;
        let Some((last_leg, last)) = page.last() else { return Ok(None) };
        let full = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let next = full.then_some((last.posting, *last_leg));
        let text: String = page.iter().map(|(number, leg)| line(*number, leg)).collect();
        Ok(Some((Bytes::from(text), (deps, next))))
    });
    futures::StreamExt::chain(futures::stream::once(async { Ok(Bytes::from_static(HEAD.as_bytes())) }), pages)
}

/// The smallest id of a posting made at that moment: a UUIDv7 begins with it.
fn first_posting(at: Timestamp) -> PostingId {
    let millis = u128::try_from(at.millis()).unwrap_or(0);
    PostingId(Uuid::from_u128(millis << 80))
}

fn line(number: i64, leg: &LedgerLeg) -> String {
    format!(
        "{},{number},{},{},{},{},{},{},{},{}\r\n",
        leg.posting,
        leg.posted_at,
        leg.template,
        leg.source,
        leg.payment,
        field(&leg.debit),
        field(&leg.credit),
        leg.amount.currency,
        leg.amount.amount,
    )
}

/// An account is called after a provider, and that name is the shop's to choose.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let text = |month| bounds(month).map(|(from, until)| format!("{from} {until}"));
        assert_eq!(text("2026-12").as_deref(), Some("2026-12-01T00:00:00.000Z 2027-01-01T00:00:00.000Z"));
        assert_eq!(text("2028-02").as_deref(), Some("2028-02-01T00:00:00.000Z 2028-03-01T00:00:00.000Z"));
        for nonsense in ["2026-13", "2026-00", "2026", "2026-1", "26-01", "+026-01", "2026-01-01", ""] {
            assert_eq!(text(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_strange_name_breaks_no_line() {
        assert_eq!(field("sales"), "sales");
        assert_eq!(field("provider_receivable:a,\"b\""), "\"provider_receivable:a,\"\"b\"\"\"");
    }
}
