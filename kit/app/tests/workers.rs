//! Workers go on until the shop closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use souk_app::Worker;
use souk_rpc::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const PAUSE: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_worker_goes_on_after_a_pass_that_fails_or_panics() {
    let passes = Arc::new(AtomicU32::new(0));
    let stop = CancellationToken::new();
    let worker = {
        let (passes, stop) = (Arc::clone(&passes), stop.clone());
        Worker::every("test.sweeper", PAUSE, move || {
            let (passes, stop) = (Arc::clone(&passes), stop.clone());
            async move {
                match passes.fetch_add(1, Ordering::SeqCst) {
                    0 => Err(Error::unavailable("the database is down")),
                    1 => panic!("a defect"),
                    2 => Ok(()),
                    _ => {
                        stop.cancel();
                        Ok(())
                    }
                }
            }
        })
    };
    let ended = tokio::time::timeout(Duration::from_secs(5), (worker.run)(stop)).await;
    ended.expect("it goes on until it is told to stop");
    assert_eq!(passes.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_pass_under_way_is_finished_and_no_other_begun() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let finished = Arc::new(AtomicBool::new(false));
    let stop = CancellationToken::new();
    let worker = {
        let (begun, go_on, finished) = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&finished));
        Worker::every("test.sweeper", PAUSE, move || {
            let (begun, go_on, finished) = (Arc::clone(&begun), Arc::clone(&go_on), Arc::clone(&finished));
            async move {
                begun.notify_one();
                go_on.notified().await;
                assert!(!finished.swap(true, Ordering::SeqCst), "one pass only");
                Ok(())
            }
        })
    };
    let running = tokio::spawn((worker.run)(stop.clone()));
    begun.notified().await;
    stop.cancel();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!running.is_finished());
    go_on.notify_one();
    tokio::time::timeout(Duration::from_secs(5), running).await.expect("ends").expect("no panic");
    assert!(finished.load(Ordering::SeqCst));
}
