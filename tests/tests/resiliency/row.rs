//! One row, told: people come in, the dependency is hurt, everybody does what they came for, it heals, and whatever the
//! shop has accepted comes true.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::join_all;
use souk::Role;
use souk_tests::eventually;

use crate::deeds::{People, Told, attempt};
use crate::stage::{SLOWER_BY, Stage};
use crate::table::{Cell, Deed, Dependency, Row};

/// What "at once" means: much less on an idle machine, but tests run on busy ones.
pub(crate) const AT_ONCE_S: u64 = 3;

/// How long the dependency is away at least before anybody comes: those who look after it have noticed.
const UNNOTICED: Duration = Duration::from_millis(500);
/// A gateway believes what the user service said for so long (`BELIEVED_FOR` there): what works must work after that too.
const BELIEVED_UNASKED: Duration = Duration::from_secs(5);
/// What is done later is not done while the dependency is away; so long that is watched.
const WATCHED: Duration = Duration::from_secs(2);
/// How soon after its return everything is as ever.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// A provider that says that it knows nothing of a payment is asked again for as long as the test shops' settings say,
/// with growing pauses.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(60);

pub(crate) async fn tell(stage: &mut Stage, row: &Row) -> Result<()> {
    let people = People::come_in(stage).await?;
    stage.hurt(row.dependency, row.condition)?;
    tokio::time::sleep(UNNOTICED).await;
    if let Dependency::Service(Role::User) | Dependency::Database(Role::User) = row.dependency {
        tokio::time::sleep(BELIEVED_UNASKED).await;
    }
    let columns = Deed::ALL.iter().zip(&row.cells);
    let told = join_all(columns.map(|(deed, cell)| column(stage, &people, *deed, *cell))).await;
    stage.heal(row.dependency, row.condition).await?;
    let wrong: Vec<_> = told.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let columns = Deed::ALL.iter().zip(&row.cells);
    for outcome in join_all(columns.map(|(deed, cell)| afterwards(stage, &people, *deed, *cell))).await {
        outcome?;
    }
    stage.shop.audit().await
}

/// What is said, and done, while the dependency is hurt.
async fn column(stage: &Stage, people: &People, deed: Deed, cell: Cell) -> Result<()> {
    let begun = Instant::now();
    let told = attempt(deed, stage, people).await?;
    let is_as_told = match (deed, cell) {
        (Deed::GetMail, Cell::Works | Cell::Slower(_) | Cell::Later) => {
            mail(stage, people, &told, cell).await
        }
        (Deed::CheckOut, Cell::Later) => not_captured(people, &told).await,
        _ => Ok(()),
    };
    is_as_told
        .and_then(|()| judge(&told, cell, begun.elapsed()))
        .with_context(|| format!("{deed:?}: {told:?}"))
}

fn judge(told: &Told, cell: Cell, with_all_that_follows: Duration) -> Result<()> {
    let within = |seconds: u64| {
        ensure!(told.took <= Duration::from_secs(seconds), "it took longer than {seconds} s");
        Ok(())
    };
    match cell {
        Cell::Works => {
            ensure!(told.is_success() && !told.stale, "it does not work");
            within(AT_ONCE_S)
        }
        Cell::Slower(seconds) => {
            ensure!(told.is_success() && !told.stale, "it does not work");
            ensure!(with_all_that_follows >= SLOWER_BY, "it was not even slow");
            ensure!(with_all_that_follows <= Duration::from_secs(seconds), "it took longer than {seconds} s");
            Ok(())
        }
        Cell::Kept(seconds) => {
            ensure!(told.is_success(), "nothing was kept");
            within(seconds)
        }
        Cell::Stale(seconds) => {
            ensure!(told.is_success() && told.stale, "nothing was kept that says that it is old");
            within(seconds)
        }
        Cell::Unavailable => {
            ensure!(told.status == 503 && told.code == "unavailable", "it is not refused as unavailable");
            within(AT_ONCE_S)
        }
        Cell::NoAnswer(seconds) => {
            let refused =
                matches!((told.status, told.code.as_str()), (503, "unavailable") | (504, "timeout"));
            ensure!(refused, "it is not refused for want of an answer");
            within(seconds)
        }
        Cell::Later | Cell::Canceled => {
            ensure!(told.is_success(), "it is not accepted");
            within(AT_ONCE_S)
        }
    }
}

/// A mail comes now, or it does not.
async fn mail(stage: &Stage, people: &People, told: &Told, cell: Cell) -> Result<()> {
    ensure!(told.is_success(), "whoever cannot register gets no mail");
    let email = &people.newcomer.email;
    match cell {
        Cell::Later => {
            tokio::time::sleep(WATCHED).await;
            ensure!(stage.mails_to(email) == 0, "the mail was not delayed");
            Ok(())
        }
        Cell::Slower(seconds) => stage.mail_arrives(email, Duration::from_secs(seconds)).await,
        _ => stage.mail_arrives(email, Duration::from_secs(AT_ONCE_S)).await,
    }
}

/// An order is accepted, and what follows has to wait.
async fn not_captured(people: &People, told: &Told) -> Result<()> {
    ensure!(told.is_success(), "the order is not accepted");
    let order = serde_json::from_str(&told.text)?;
    tokio::time::sleep(WATCHED).await;
    let order = people.buyer.order(&order).await?;
    ensure!(order["payment_status"] != "captured", "nobody could know of it: {order}");
    Ok(())
}

/// What was refused works again, and what was accepted is done.
async fn afterwards(stage: &Stage, people: &People, deed: Deed, cell: Cell) -> Result<()> {
    match deed {
        Deed::CheckOut => ends_well(stage, people, cell).await.context("the order"),
        Deed::GetMail => {
            if matches!(cell, Cell::Unavailable | Cell::NoAnswer(_)) {
                // The first attempt may have had its effect, and then this is another mail, to the address's owner.
                people.registers().await?.ok()?;
            }
            stage.mail_arrives(&people.newcomer.email, BACK_WITHIN).await
        }
        deed => {
            eventually(BACK_WITHIN, || async {
                let told = attempt(deed, stage, people).await?;
                ensure!(told.is_success(), "{deed:?} does not work afterwards: {told:?}");
                Ok(())
            })
            .await
        }
    }
}

/// The same key finds out what became of the order: it is one, and it is paid and mailed, or canceled and mailed.
async fn ends_well(stage: &Stage, people: &People, cell: Cell) -> Result<()> {
    let order = eventually(BACK_WITHIN, || async { people.checks_out().await?.ok() }).await?;
    let (state, patience) = match cell {
        Cell::Canceled => ("canceled", GIVEN_UP_WITHIN),
        _ => ("placed", BACK_WITHIN),
    };
    let seen = eventually(patience, || async {
        let seen = people.buyer.order(&order).await?;
        ensure!(seen["state"] == state, "it is {}, not {state}", seen["state"]);
        Ok(seen)
    });
    let seen = seen.await?;
    stage.mail_arrives(&people.buyer.email, BACK_WITHIN).await?;
    if state == "canceled" {
        return Ok(());
    }
    let paid = eventually(BACK_WITHIN, || async {
        let seen = people.buyer.order(&order).await?;
        ensure!(seen["payment_status"] == "captured", "it is {}", seen["payment_status"]);
        Ok(seen)
    });
    let paid = paid.await?;
    if paid["number"] != seen["number"] {
        bail!("one key, two orders: {seen} and {paid}");
    }
    ensure!(stage.mails_to(&people.buyer.email) == 1, "one order, one mail");
    Ok(())
}
