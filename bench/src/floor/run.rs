//! The timed part: buyers wait for six commits one after another, as a checkout does; relays, processors and the
//! mail's sender work beside them on what comes after.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::{try_join_all, try_join3};
use souk_db::{Batch, Db, DbError};
use souk_rpc::Context;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};

use super::notification::{self, MailStory};
use super::order::OrderStory;
use super::payment::PaymentStory;
use super::product::ProductStory;
use super::rows::{self, Line};
use super::{FILES, Outcome, Story, events, open};
use crate::numbers::micros;
use crate::process::cpu_of;

/// As in kit/bus: what a relay reads at once, what a processor claims and runs at once; and the sender of mails.
const WINDOW: usize = 256;
const REACTIONS: usize = 32;
const MAILS: usize = 64;

#[derive(Clone)]
struct Files {
    order: Db,
    product: Db,
    payment: Db,
    sandbox: Db,
    notification: Db,
}

pub(super) async fn run(work: &Path, stories: Vec<Story>, buyers: usize) -> Result<Outcome> {
    let files = Files {
        order: open(work, FILES[0]).await?,
        product: open(work, FILES[1]).await?,
        payment: open(work, FILES[2]).await?,
        sandbox: open(work, FILES[3]).await?,
        notification: open(work, FILES[4]).await?,
    };
    let orders = stories.len() as u64;
    let mut shares: Vec<Vec<Story>> = (0..buyers).map(|_| Vec::new()).collect();
    for (number, story) in stories.into_iter().enumerate() {
        shares[number % buyers].push(story);
    }
    let (placed, mut workers) = staff(&files);
    let cpu_before = cpu_of(std::process::id())?;
    let begun = Instant::now();
    let bought = shares.into_iter().map(|share| tokio::spawn(buy(files.clone(), share, placed.clone())));
    for buyer in bought.collect::<Vec<_>>() {
        buyer.await??;
    }
    let answered = begun.elapsed();
    // Without senders each worker ends when it has done everything, and lets the next one end.
    drop(placed);
    while let Some(worker) = workers.join_next().await {
        worker?.context("a worker of the floor failed")?;
    }
    let settled = begun.elapsed();
    let cpu = cpu_of(std::process::id())?.saturating_sub(cpu_before);
    Ok(outcome(&files, orders, answered, settled, cpu).await)
}

async fn outcome(
    files: &Files,
    orders: u64,
    answered: Duration,
    settled: Duration,
    cpu: Duration,
) -> Outcome {
    let Files { order, product, payment, sandbox, notification } = files;
    let (mut batches, mut commits) = (0, 0);
    for db in [order, product, payment, sandbox, notification] {
        let stats = db.stats();
        batches += stats.jobs;
        commits += stats.commits;
        db.close().await;
    }
    Outcome {
        orders,
        answered_us: micros(answered),
        settled_us: micros(settled),
        cpu_us: micros(cpu),
        batches,
        commits,
        differences: Vec::new(),
    }
}

/// What is left to do when the buyer has his answer.
struct Placed {
    event: Line,
    product: (Line, Batch),
    mail: Queued,
    payment: Captures,
}

struct Queued {
    inbox: Line,
    queue: Batch,
    sends: Sends,
}

struct Sends {
    mail: uuid::Uuid,
    lease_until: souk_db::Value,
    sent: Batch,
}

struct Captures {
    inbox: Line,
    sandbox: Batch,
    captured: Batch,
    event: Line,
    paid: (Line, Batch),
}

async fn buy(files: Files, stories: Vec<Story>, placed: UnboundedSender<Placed>) -> Result<(), DbError> {
    let cx = Context::system("floor");
    for Story { order, product, payment, mail } in stories {
        let OrderStory { begin, finish, paid, placed_event, captured_inbox } = order;
        let ProductStory { hold, allocate, inbox: product_inbox } = product;
        let PaymentStory { begin: intent, sandbox_authorize, authorized, sandbox_capture, captured, .. } =
            payment;
        files.order.commit(&cx, begin).await?;
        files.product.commit(&cx, hold).await?;
        files.payment.commit(&cx, intent).await?;
        files.sandbox.commit(&cx, sandbox_authorize).await?;
        files.payment.commit(&cx, authorized).await?;
        files.order.commit(&cx, finish).await?;
        let MailStory { queue, mail, lease_until, sent, inbox } = mail;
        // The workers outlive the buyers, so somebody listens.
        let _ = placed.send(Placed {
            event: placed_event,
            product: (product_inbox, allocate),
            mail: Queued { inbox, queue, sends: Sends { mail, lease_until, sent } },
            payment: Captures {
                inbox: payment.inbox,
                sandbox: sandbox_capture,
                captured,
                event: payment.captured_event,
                paid: (captured_inbox, paid),
            },
        });
    }
    Ok(())
}

type Workers = JoinSet<Result<()>>;

/// Everybody who works behind the buyers; the sender is where placed orders go.
fn staff(files: &Files) -> (UnboundedSender<Placed>, Workers) {
    let (placed, to_relay) = unbounded_channel();
    let (to_product, product) = unbounded_channel();
    let (to_payment, payment) = unbounded_channel();
    let (to_notification, notification) = unbounded_channel();
    let (captured, to_payment_relay) = unbounded_channel();
    let (to_order, order) = unbounded_channel();
    let (mails, to_send) = unbounded_channel();
    let mut workers = JoinSet::new();
    workers.spawn(relay_orders(files.clone(), to_relay, to_product, to_payment, to_notification));
    workers.spawn(relay_payments(files.clone(), to_payment_relay, to_order));
    let of = files.product.clone();
    workers.spawn(process(product, move |(_, allocate): (Line, Batch)| {
        let db = of.clone();
        tokio::spawn(async move { Ok(db.commit(&Context::system("floor"), allocate).await.map(drop)?) })
    }));
    let of = files.clone();
    workers.spawn(process(payment, move |capture: Captures| {
        let (files, captured) = (of.clone(), captured.clone());
        tokio::spawn(async move {
            let cx = Context::system("floor");
            files.sandbox.commit(&cx, capture.sandbox).await?;
            files.payment.commit(&cx, capture.captured).await?;
            let _ = captured.send((capture.event, capture.paid));
            Ok(())
        })
    }));
    let of = files.notification.clone();
    workers.spawn(process(notification, move |queued: Queued| {
        let (db, mails) = (of.clone(), mails.clone());
        tokio::spawn(async move {
            db.commit(&Context::system("floor"), queued.queue).await?;
            let _ = mails.send(queued.sends);
            Ok(())
        })
    }));
    let of = files.order.clone();
    workers.spawn(process(order, move |(_, paid): (Line, Batch)| {
        let db = of.clone();
        tokio::spawn(async move { Ok(db.commit(&Context::system("floor"), paid).await.map(drop)?) })
    }));
    workers.spawn(send_mails(files.notification.clone(), to_send));
    (placed, workers)
}

async fn relay_orders(
    files: Files,
    mut placed: UnboundedReceiver<Placed>,
    to_product: UnboundedSender<(Line, Batch)>,
    to_payment: UnboundedSender<Captures>,
    to_notification: UnboundedSender<Queued>,
) -> Result<()> {
    let cx = Context::system("floor");
    let mut pass = Vec::with_capacity(WINDOW);
    while placed.recv_many(&mut pass, WINDOW).await > 0 {
        let accept = |inbox: fn(&Placed) -> &Line| -> Batch {
            pass.iter().map(|placed| events::accept(inbox(placed))).collect()
        };
        try_join3(
            files.product.commit(&cx, accept(|placed| &placed.product.0)),
            files.payment.commit(&cx, accept(|placed| &placed.payment.inbox)),
            files.notification.commit(&cx, accept(|placed| &placed.mail.inbox)),
        )
        .await?;
        let mark = mark_sent(pass.iter().map(|placed| &placed.event))?;
        for Placed { product, payment, mail, .. } in pass.drain(..) {
            let _ = to_product.send(product);
            let _ = to_payment.send(payment);
            let _ = to_notification.send(mail);
        }
        files.order.commit(&cx, mark).await?;
    }
    Ok(())
}

async fn relay_payments(
    files: Files,
    mut captured: UnboundedReceiver<(Line, (Line, Batch))>,
    to_order: UnboundedSender<(Line, Batch)>,
) -> Result<()> {
    let cx = Context::system("floor");
    let mut pass = Vec::with_capacity(WINDOW);
    while captured.recv_many(&mut pass, WINDOW).await > 0 {
        let accept: Batch = pass.iter().map(|(_, (inbox, _))| events::accept(inbox)).collect();
        files.order.commit(&cx, accept).await?;
        let mark = mark_sent(pass.iter().map(|(event, _)| event))?;
        for (_, paid) in pass.drain(..) {
            let _ = to_order.send(paid);
        }
        files.payment.commit(&cx, mark).await?;
    }
    Ok(())
}

fn mark_sent<'a>(sent: impl Iterator<Item = &'a Line>) -> Result<Batch> {
    let sent: Vec<&Line> = sent.collect();
    let ids = sent.iter().map(|event| rows::id(&event.get("id"))).collect::<Result<Vec<_>>>()?;
    Ok(events::mark_sent(&ids, sent[0].get("sent_at")).into())
}

/// A processor: takes what is there, then lets `REACTIONS` of them work at a time.
async fn process<T, R>(mut queue: UnboundedReceiver<T>, react: R) -> Result<()>
where
    T: Send + 'static,
    R: Fn(T) -> JoinHandle<Result<()>>,
{
    let (mut claimed, mut running) = (Vec::with_capacity(WINDOW), std::collections::VecDeque::new());
    while queue.recv_many(&mut claimed, WINDOW).await > 0 {
        for event in claimed.drain(..) {
            if running.len() >= REACTIONS
                && let Some(oldest) = running.pop_front()
            {
                finished(oldest).await?;
            }
            running.push_back(react(event));
        }
    }
    for reaction in running {
        finished(reaction).await?;
    }
    Ok(())
}

async fn finished(reaction: JoinHandle<Result<()>>) -> Result<()> {
    reaction.await?
}

async fn send_mails(db: Db, mut queue: UnboundedReceiver<Sends>) -> Result<()> {
    let cx = Context::system("floor");
    let mut mails = Vec::with_capacity(MAILS);
    while queue.recv_many(&mut mails, MAILS).await > 0 {
        let ids: Vec<_> = mails.iter().map(|mail: &Sends| mail.mail).collect();
        db.commit(&cx, notification::claim(&ids, mails[0].lease_until.clone())).await?;
        try_join_all(mails.drain(..).map(|mail| db.commit(&cx, mail.sent))).await?;
    }
    Ok(())
}
