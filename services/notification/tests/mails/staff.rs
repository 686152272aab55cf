//! What staff sees and does.

use axum::http::{Method, StatusCode};
use souk_db::args;
use souk_notification::NotificationConfig;
use souk_rpc::{Caller, Context};

use crate::support::{on_both, placed, staff};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_finds_every_mail_page_by_page() {
    on_both(NotificationConfig::default(), |shop| async move {
        let events: Vec<_> = (0..5).map(|_| shop.event(&placed(&shop))).collect();
        shop.hear(&events).await;
        shop.mails_are("sent", 5).await;
        let (mut seen, mut path) = (Vec::new(), "/v1/admin/mails?limit=2".to_owned());
        loop {
            let page = shop.get(&path).await;
            seen.extend(page["items"].as_array().expect("a list").iter().map(|mail| mail["id"].to_string()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/admin/mails?limit=2&state=sent&cursor={cursor}");
        }
        seen.dedup();
        assert_eq!(seen.len(), 5);
        for (path, caller, wanted) in [
            ("/v1/admin/mails", Caller::Guest, StatusCode::UNAUTHORIZED),
            ("/v1/admin/mails?limit=101", staff(), StatusCode::BAD_REQUEST),
            ("/v1/admin/mails?state=lost", staff(), StatusCode::BAD_REQUEST),
            ("/v1/admin/mails?cursor=x", staff(), StatusCode::BAD_REQUEST),
        ] {
            let (status, _, body) = shop.ask(Method::GET, path, caller).await;
            assert_eq!(status, wanted, "{path}: {}", String::from_utf8_lossy(&body));
        }
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resent_mail_says_the_same_and_is_a_message_of_its_own() {
    on_both(NotificationConfig::default(), |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        shop.mails_are("sent", 1).await;
        let id = shop.mailbox().await[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/admin/mails/{id}/resend");
        let (status, ..) = shop.ask(Method::POST, &path, Caller::Guest).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, _, body) = shop.ask(Method::POST, &path, staff()).await;
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
        shop.mails_are("sent", 1).await;
        let mailbox = shop.mailbox().await;
        assert_eq!(mailbox.len(), 2);
        assert_eq!(mailbox[0]["text"], mailbox[1]["text"]);
        assert_ne!(mailbox[0]["message_id"], mailbox[1]["message_id"]);
        let unknown = "/v1/admin/mails/00000000-0000-0000-0000-000000000000/resend";
        assert_eq!(shop.ask(Method::POST, unknown, staff()).await.0, StatusCode::NOT_FOUND);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_text_is_not_kept_any_more_cannot_be_resent() {
    on_both(NotificationConfig::default(), |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        shop.mails_are("sent", 1).await;
        let id = shop.mailbox().await[0]["id"].as_str().expect("an id").to_owned();
        let forget = souk_db::Statement::new("test.forget", "delete from mail_texts", args![]);
        shop.db.commit(&Context::system("test"), forget).await.expect("forgotten");
        let (status, _, body) =
            shop.ask(Method::POST, &format!("/v1/admin/mails/{id}/resend"), staff()).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(String::from_utf8_lossy(&body).contains("mail_text_gone"));
        shop.close().await;
    })
    .await;
}
