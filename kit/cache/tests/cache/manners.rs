//! The same stories wherever values are kept.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use souk_cache::{Cached, Capacity};
use tokio::sync::Notify;

use crate::support::{MINUTE, Pages, on_both, pages, pages_for};

async fn read(pages: &Pages, key: &str, value: &str) -> String {
    pages.get_with(key, async { value.to_owned() }).await
}

async fn renew(pages: &Pages, value: &str) -> Result<Option<String>, &'static str> {
    pages.renew_with("tee", |_| false, async |_| Ok(Some(value.to_owned()))).await
}

#[tokio::test]
async fn what_was_loaded_is_kept() {
    on_both(async |cache| {
        let pages = pages(&cache);
        assert_eq!(pages.get("tee").await, None);
        assert_eq!(read(&pages, "tee", "a shirt").await, "a shirt");
        assert_eq!(pages.get("tee").await.as_deref(), Some("a shirt"));
        assert_eq!(pages.get_with("tee", async { unreachable!("it is kept") }).await, "a shirt");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_who_ask_at_once_wait_for_one_load() {
    on_both(async |cache| {
        let pages = pages(&cache);
        let loads = Arc::new(AtomicU32::new(0));
        let asking = (0..100).map(|_| {
            let (pages, loads) = (pages.clone(), loads.clone());
            tokio::spawn(async move {
                let load = async {
                    loads.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    "a shirt".to_owned()
                };
                pages.get_with("tee", load).await
            })
        });
        for answer in asking.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap(), "a shirt");
        }
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[tokio::test]
async fn a_failed_load_is_told_and_not_kept() {
    on_both(async |cache| {
        let pages = pages(&cache);
        let failed = pages.try_get_with("tee", async { Err("the database is away") }).await;
        assert_eq!(failed, Err("the database is away"));
        assert_eq!(read(&pages, "tee", "a shirt").await, "a shirt");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_who_find_a_value_aged_wait_for_one_renewal() {
    on_both(async |cache| {
        let pages = pages(&cache);
        assert_eq!(renew(&pages, "a new shirt").await, Ok(None), "what is not here cannot be renewed");
        read(&pages, "tee", "an old shirt").await;
        let renewals = Arc::new(AtomicU32::new(0));
        let asking = (0..100).map(|_| {
            let (pages, renewals) = (pages.clone(), renewals.clone());
            tokio::spawn(async move {
                let renew = async |old: String| {
                    renewals.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Ok::<_, &str>(Some(old.replace("an old", "a new")))
                };
                pages.renew_with("tee", |page| page.contains("new"), renew).await
            })
        });
        for answer in asking.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap().unwrap().as_deref(), Some("a new shirt"));
        }
        assert_eq!(renewals.load(Ordering::SeqCst), 1);
        assert_eq!(pages.get("tee").await.as_deref(), Some("a new shirt"));
    })
    .await;
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_old_value_and_an_empty_one_forgets_it() {
    on_both(async |cache| {
        let pages = pages(&cache);
        read(&pages, "tee", "an old shirt").await;
        let failed = pages.renew_with("tee", |_| false, async |_| Err("the database is away")).await;
        assert_eq!(failed, Err("the database is away"));
        assert_eq!(pages.get("tee").await.as_deref(), Some("an old shirt"));
        assert_eq!(pages.renew_with("tee", |_| false, async |_| Ok::<_, &str>(None)).await, Ok(None));
        assert_eq!(pages.get("tee").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_invalidated_while_it_is_renewed_is_neither_kept_nor_handed_out() {
    on_both(async |cache| {
        let pages = pages(&cache);
        read(&pages, "tee", "an old shirt").await;
        let renew = async |old: String| {
            pages.invalidate("tee").await;
            Ok::<_, &str>(Some(old))
        };
        assert_eq!(pages.renew_with("tee", |_| false, renew).await, Ok(None));
        assert_eq!(pages.get("tee").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_value_is_forgotten_when_its_lifetime_is_over() {
    on_both(async |cache| {
        let short = Duration::from_millis(30);
        let pages = pages_for(&cache, short);
        read(&pages, "tee", "a shirt").await;
        tokio::time::sleep(short * 4).await;
        assert_eq!(pages.get("tee").await, None);
        assert_eq!(read(&pages, "tee", "a new shirt").await, "a new shirt");
    })
    .await;
}

#[tokio::test]
async fn invalidating_forgets_one_and_clearing_forgets_all() {
    on_both(async |cache| {
        let pages = pages(&cache);
        for key in ["tee", "mug", "cap", "pen"] {
            read(&pages, key, "here").await;
        }
        pages.invalidate("tee").await;
        assert_eq!((pages.get("tee").await, pages.get("mug").await.as_deref()), (None, Some("here")));
        pages.invalidate_each(["mug", "cap"]).await;
        assert_eq!((pages.get("mug").await, pages.get("pen").await.as_deref()), (None, Some("here")));
        assert_eq!(read(&pages, "tee", "here again").await, "here again");
        pages.clear().await;
        assert_eq!((pages.get("tee").await, pages.get("pen").await), (None, None));
        assert_eq!(read(&pages, "pen", "here again").await, "here again");
    })
    .await;
}

#[tokio::test]
async fn a_load_that_an_invalidation_overtook_is_not_kept() {
    on_both(async |cache| {
        let pages = pages(&cache);
        let value = pages.get_with("tee", async {
            pages.invalidate("tee").await;
            "the old price".to_owned()
        });
        assert_eq!(value.await, "the old price");
        assert_eq!(pages.get("tee").await, None);
        assert_eq!(read(&pages, "tee", "the new price").await, "the new price");
    })
    .await;
}

#[tokio::test]
async fn who_asks_after_an_invalidation_does_not_get_a_load_from_before_it() {
    on_both(async |cache| {
        let pages = pages(&cache);
        let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (pages, begun, finish) = (pages.clone(), begun.clone(), finish.clone());
            tokio::spawn(async move {
                let load = async {
                    begun.notify_one();
                    finish.notified().await;
                    "the old price".to_owned()
                };
                pages.get_with("tee", load).await
            })
        };
        begun.notified().await;
        pages.invalidate("tee").await;

        let editor = read(&pages, "tee", "the new price");
        let (seen, ()) = tokio::join!(editor, async { finish.notify_one() });

        assert_eq!(seen, "the new price");
        assert_eq!(slow.await.unwrap(), "the old price");
        // The slow reader asked before the invalidation; nobody after it sees what it brought.
        assert_ne!(pages.get("tee").await.as_deref(), Some("the old price"));
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_gives_up_leaves_the_load_to_the_next() {
    on_both(async |cache| {
        let pages = pages(&cache);
        let hanging = pages.try_get_with::<_, Infallible>("tee", std::future::pending());
        assert!(tokio::time::timeout(Duration::from_millis(100), hanging).await.is_err());
        assert_eq!(read(&pages, "tee", "a shirt").await, "a shirt");
    })
    .await;
}

#[tokio::test]
async fn bytes_bound_a_cache_by_weight() {
    let capacity = Capacity::Bytes { max: 1_000, weigh: |_, page: &Vec<u8>| page.len() };
    let pages: Cached<u32, Vec<u8>> = Cached::local("test.bytes", capacity, MINUTE);
    for key in 0..100 {
        pages.get_with(&key, async { vec![0; 100] }).await;
    }
    // moka sweeps when it is used, in steps.
    let mut kept = 100;
    for _ in 0..100 {
        kept = 0;
        for key in 0..100 {
            kept += u32::from(pages.get(&key).await.is_some());
        }
        if kept <= 10 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(kept <= 10, "{kept} pages of 100 bytes are kept in 1,000 bytes");
}
