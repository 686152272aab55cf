//! Signing in and out.

use axum::http::Method;
use futures::future::join_all;
use serde_json::json;
use souk_rpc::Caller;
use souk_types::Timestamp;
use souk_user::UserConfig;

use crate::support::{PASSWORD, cheap, on_both, on_both_with};

#[tokio::test]
async fn a_session_ends_everywhere_at_once() {
    on_both(async |shop| {
        let laptop = shop.customer("ada@example.com").await;
        let phone = shop.logs_in("ada@example.com", PASSWORD).await;
        let other = shop.customer("grace@example.com").await;

        let gone = shop.delete("/v1/sessions", &phone).await;
        assert_eq!(gone.status, 204);
        assert_eq!(gone.header("souk-set-session"), Some(""));
        assert!(!shop.is_known(&laptop).await && !shop.is_known(&phone).await);
        assert!(shop.is_known(&other).await);
    })
    .await;
}

#[tokio::test]
async fn signing_out_here_leaves_the_other_devices_signed_in() {
    on_both(async |shop| {
        let laptop = shop.customer("ada@example.com").await;
        shop.turn_hours(1);
        let phone = shop.logs_in("ada@example.com", PASSWORD).await;
        let list = shop.get("/v1/sessions", &phone).await.json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(list["items"][0]["current"], true);
        assert_eq!(list["items"][0]["device"], "Netscape/4");
        assert_eq!(shop.delete("/v1/sessions/current", &phone).await.status, 204);
        assert!(shop.is_known(&laptop).await);
        assert!(!shop.is_known(&phone).await);
    })
    .await;
}

#[tokio::test]
async fn a_login_hands_the_token_to_the_gateway_and_keeps_only_its_hash() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        let reply = shop.tries("ADA@example.com", PASSWORD).await;
        let token = reply.string("/token");
        assert_eq!(reply.header("souk-set-session"), Some(token.as_str()));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let stored: Vec<Vec<u8>> = shop
            .db
            .read("select token_hash from sessions", vec![], |row| row.get(0))
            .await
            .expect("sessions");
        assert!(stored.iter().all(|hash| hash.len() == 32 && !token.as_bytes().ends_with(hash)));
        assert!(!shop.everything_stored().await.contains(&token));
    })
    .await;
}

#[tokio::test]
async fn a_session_lives_while_it_is_used_but_not_for_ever() {
    let config = UserConfig { session_idle_days: 1, session_days_max: 3, ..cheap() };
    on_both_with(config, async |shop| {
        let used = shop.customer("ada@example.com").await;
        let unused = shop.logs_in("ada@example.com", PASSWORD).await;
        let mut alive_for_hours = 0;
        while shop.is_known(&used).await {
            shop.touches_are_written().await;
            shop.turn_hours(10);
            alive_for_hours += 10;
            assert!(alive_for_hours <= 80);
            if alive_for_hours == 30 {
                assert!(!shop.is_known(&unused).await);
            }
        }
        assert_eq!(alive_for_hours, 80, "three days are 72 hours");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_believed_longer_than_their_session() {
    on_both(async |shop| {
        let token = shop.customer("ada@example.com").await;
        let in_millis = |millis| Timestamp::from_millis(shop.clock.now().millis() + millis);
        let believed = shop.authenticate(&token).await;
        assert_eq!(believed.believe_until, in_millis(5_000));
        assert_eq!(believed.stale_until, Some(in_millis(300_000)));
        let almost_over = 30 * 24 * 3600 * 1000 - 1_000;
        shop.clock.turn(std::time::Duration::from_millis(almost_over));
        let believed = shop.authenticate(&token).await;
        assert_eq!(believed.believe_until, in_millis(1_000));
        assert_eq!(believed.stale_until, Some(in_millis(1_000)));
        for token in ["", "souk_s_nonsense", "Bearer x", "souk_k_"] {
            assert_eq!(shop.authenticate(token).await.caller, Caller::Guest);
        }
    })
    .await;
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest() {
    let config = UserConfig { sessions_per_user_max: 3, ..cheap() };
    on_both_with(config, async |shop| {
        let first = shop.customer("ada@example.com").await;
        let mut later = vec![];
        for _ in 0..3 {
            assert!(shop.is_known(&first).await);
            shop.turn_hours(1);
            later.push(shop.logs_in("ada@example.com", PASSWORD).await);
        }
        assert!(!shop.is_known(&first).await);
        for token in &later {
            assert!(shop.is_known(token).await);
        }
    })
    .await;
}

#[tokio::test]
async fn guessing_is_stopped_whether_or_not_there_is_something_to_guess() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..10 {
                assert_eq!(shop.tries(email, "a wrong one").await.status, 401);
            }
            let refused = shop.tries(email, PASSWORD).await;
            assert_eq!(refused.problem(), (429, "too_many_attempts".to_owned()));
            assert_eq!(refused.header("retry-after"), Some("900"));
        }
        shop.turn_hours(1);
        assert_eq!(shop.tries("ada@example.com", PASSWORD).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn guesses_made_at_once_do_not_slip_through_together() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        let replies = join_all((0..40).map(|_| shop.tries("ada@example.com", "a wrong one"))).await;
        let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((count(401), count(429)), (10, 30));
    })
    .await;
}

#[tokio::test]
async fn the_right_password_gives_all_tries_back() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        for _ in 0..3 {
            for _ in 0..9 {
                assert_eq!(shop.tries("ada@example.com", "a wrong one").await.status, 401);
            }
            shop.logs_in("ada@example.com", PASSWORD).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_queue_for_hashing_is_said_to_be_full() {
    let config =
        UserConfig { hashes_at_once: 1, hashes_waiting_max: 0, password_memory_kib: 32 * 1024, ..cheap() };
    on_both_with(config, async |shop| {
        let emails: Vec<String> = (0..8).map(|n| format!("ada{n}@example.com")).collect();
        let replies = join_all(emails.iter().map(|email| shop.tries(email, "a wrong one"))).await;
        let refused = replies.iter().find(|reply| reply.status == 503).expect("somebody found it full");
        assert_eq!(refused.string("/code"), "unavailable");
        assert_eq!(refused.header("retry-after"), Some("2"));
        assert!(replies.iter().any(|reply| reply.status == 401));
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_removed_in_time() {
    on_both(async |shop| {
        shop.customer("ada@example.com").await;
        shop.tries("nobody@example.com", "a wrong one").await;
        shop.mails_are_decided().await;
        shop.run_worker("user.prune").await;
        assert_eq!(shop.count("sessions").await, 1);
        assert_eq!(shop.count("mail_tokens").await, 1);
        assert_eq!(shop.count("login_failures").await, 1);
        shop.turn_hours(24 * 31);
        shop.run_worker("user.prune").await;
        for table in ["sessions", "mail_tokens", "login_failures", "mail_requests"] {
            assert_eq!(shop.count(table).await, 0, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_guest_has_no_session_to_end_or_show() {
    on_both(async |shop| {
        for (method, path) in [
            (Method::GET, "/v1/sessions"),
            (Method::DELETE, "/v1/sessions"),
            (Method::DELETE, "/v1/sessions/current"),
            (Method::GET, "/v1/me"),
            (Method::GET, "/v1/me/addresses"),
            (Method::GET, "/v1/admin/staff"),
            (Method::GET, "/v1/admin/customers"),
        ] {
            let reply = shop.send(method, path, None, None).await;
            assert_eq!(reply.problem(), (401, "unauthenticated".to_owned()), "{path}");
        }
        let body = json!({"email": "ada@example.com", "password": "x", "remember": true});
        let reply = shop.post("/v1/sessions", body).await;
        assert_eq!(reply.string("/errors/0/rule"), "unknown_field");
    })
    .await;
}
