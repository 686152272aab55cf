//! I2: the ledger balances and tells of every payment. I7: our payments equal the provider's.

use std::collections::HashMap;

use anyhow::Result;
use souk_db::args;

use super::books::{Books, lines, number};
use super::{Breach, Report, SHOWN_MAX};

/// What one side knows of a payment: state, captured, refunded.
type Known = (String, i64, i64);

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.payment;
    report.counted.push(("payments", number(db, "select count(*) from payments", args![]).await?));
    report.counted.push(("ledger rows", number(db, "select count(*) from ledger", args![]).await?));
    ledger(books, report).await?;
    provider(books, report).await
}

/// A row moves an amount from one account to another, so it cannot fail to balance by itself; what is checked is
/// that the rows say what the payments say.
async fn ledger(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.payment;
    let unposted = lines::<4>(
        db,
        "select p.id, p.captured, p.refunded, cast(coalesce(l.legs, 0) as bigint) from payments p
         left join (select payment_id, count(*) as legs,
                           sum(case when template = 'capture' then amount else 0 end) as captured,
                           sum(case when template = 'refund' then amount else 0 end) as refunded
                    from ledger where leg = 1 group by payment_id) l on l.payment_id = p.id
         where p.captured <> coalesce(l.captured, 0) or p.refunded <> coalesce(l.refunded, 0)",
        args![],
    )
    .await?;
    let orphans = lines::<2>(
        db,
        "select l.posting_id, l.leg from ledger l left join payments p on p.id = l.payment_id
         where p.id is null or p.currency <> l.currency or l.amount <= 0 or l.debit = l.credit",
        args![],
    )
    .await?;
    let checks = [
        ("the ledger differs from the payment (payment, captured, refunded, postings)", unposted),
        ("a posting belongs to no payment of its currency (posting, leg)", orphans),
    ];
    for (rule, found) in checks {
        let breaches =
            found.into_iter().take(SHOWN_MAX).map(|line| Breach::new("I2", format!("{rule}: {line}")));
        report.breaches.extend(breaches);
    }
    Ok(())
}

async fn provider(books: &Books, report: &mut Report) -> Result<()> {
    let ours: HashMap<String, Known> = books
        .payment
        .read(
            "select id, state, captured, refunded from payments where provider = 'sandbox'",
            args![],
            |row| Ok((row.get::<uuid::Uuid>(0)?.to_string(), (row.get(1)?, row.get(2)?, row.get(3)?))),
        )
        .await?
        .into_iter()
        .collect();
    let theirs: HashMap<String, Known> = books
        .sandbox
        .read("select reference, state, captured, refunded from sandbox_payments", args![], |row| {
            Ok((row.get::<String>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
        })
        .await?
        .into_iter()
        .collect();
    report.counted.push(("provider records", theirs.len() as u64));
    let mut breaches = Vec::new();
    for (reference, their) in &theirs {
        match ours.get(reference) {
            None => breaches.push(format!("the provider knows a payment that we do not: {reference}")),
            Some(our) if !agree(our, their) => {
                breaches.push(format!("payment {reference}: we say {our:?}, the provider says {their:?}"));
            }
            Some(_) => {}
        }
    }
    for (reference, our) in &ours {
        if !theirs.contains_key(reference) && !matches!(our.0.as_str(), "declined" | "voided" | "authorizing")
        {
            breaches.push(format!("payment {reference}: we say {our:?}, the provider knows nothing of it"));
        }
    }
    breaches.truncate(SHOWN_MAX);
    report.breaches.extend(breaches.into_iter().map(|detail| Breach::new("I7", detail)));
    Ok(())
}

fn agree((our_state, our_captured, our_refunded): &Known, (their_state, captured, refunded): &Known) -> bool {
    let state = match our_state.as_str() {
        "captured" | "partially_refunded" | "refunded" => "captured",
        state => state,
    };
    state == their_state && our_captured == captured && our_refunded == refunded
}
