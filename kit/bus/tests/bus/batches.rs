//! Many events, one effect: what the search index lives on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use souk_bus::Consumer;
use souk_rpc::{Context, Error};
use souk_types::Envelope;

use crate::shop::{Placed, Shop, eventually};

#[tokio::test]
async fn events_that_wait_come_together_and_only_the_failed_come_again() {
    for shop in Shop::each().await {
        let calls: Arc<Mutex<Vec<usize>>> = Arc::default();
        let (counted, refused) = (Arc::clone(&calls), Arc::new(AtomicUsize::new(0)));
        let consumer = Consumer::new("payment", shop.payment.clone()).batch(
            &["order.placed"],
            move |events: Vec<(Context, Envelope)>| {
                counted.lock().push(events.len());
                let refused = Arc::clone(&refused);
                async move {
                    let answer = |(cx, envelope): &(Context, Envelope)| {
                        assert_eq!(cx.cause.as_ref().map(|cause| cause.event), Some(envelope.id));
                        let event: Placed = envelope.open().map_err(Error::internal)?;
                        if event.number == 7 && refused.fetch_add(1, Ordering::SeqCst) == 0 {
                            return Err(Error::unavailable("not now"));
                        }
                        Ok(())
                    };
                    events.iter().map(answer).collect()
                }
            },
        );
        for number in 1..=20 {
            let order = shop.order_of(0).await;
            shop.emit(1, &Placed { order, number }).await;
        }
        shop.relay(&shop.bus());
        let accepted = async || {
            let lag = souk_db::inbox::lag(&shop.payment).await.unwrap();
            lag.pending == 20
        };
        eventually("all are accepted", accepted).await;
        shop.react(consumer);
        eventually("all are handled", async || shop.is_quiet().await).await;
        assert_eq!(*calls.lock(), [20, 1], "on {}", shop.name);
    }
}
