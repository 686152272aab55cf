//! Getting back in, and changing the lock.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{OTHER_PASSWORD, PASSWORD, Shop, on_both};

/// Asks for a reset and reads the token from the mail.
async fn reset_token(shop: &Shop, email: &str, mails: usize) -> String {
    assert_eq!(shop.post("/v1/password-resets", json!({"email": email})).await.status, 202);
    let events = shop.events("user.password_reset_requested", email, mails).await;
    events.last().and_then(|event| event["token"].as_str()).expect("a token").to_owned()
}

fn confirmation(token: &str, password: &str) -> Value {
    json!({"token": token, "password": password})
}

#[tokio::test]
async fn a_reset_token_works_once() {
    on_both(async |shop| {
        let session = shop.customer("ada@example.com").await;
        let token = reset_token(&shop, "ada@example.com", 1).await;
        let body = confirmation(&token, OTHER_PASSWORD);
        assert_eq!(shop.post("/v1/password-resets/confirm", body.clone()).await.status, 204);
        assert!(!shop.is_known(&session).await, "every session has ended");
        let again = shop.post("/v1/password-resets/confirm", body).await;
        assert_eq!(again.problem(), (422, "token_invalid".to_owned()));
        assert_eq!(shop.tries("ada@example.com", PASSWORD).await.status, 401);
        let session = shop.logs_in("ada@example.com", OTHER_PASSWORD).await;
        assert_eq!(shop.get("/v1/me", &session).await.json()["email_verified"], true);
        shop.events("user.password_changed", "ada@example.com", 1).await;
    })
    .await;
}

#[tokio::test]
async fn two_resets_with_one_token_at_once_have_one_winner() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        let token = reset_token(&shop, "ada@example.com", 1).await;
        let passwords = [OTHER_PASSWORD, "walnut ferry thimble", "purple anvil sonata"];
        let confirm =
            |password: &str| shop.post("/v1/password-resets/confirm", confirmation(&token, password));
        let replies = join_all(passwords.iter().map(|password| confirm(password))).await;
        let count = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((count(204), count(422)), (1, 2));
        shop.events("user.password_changed", "ada@example.com", 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_reset_mail_is_good_for_an_hour_and_the_newest_three_work() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        let mut tokens = vec![];
        for mails in 1..=4 {
            tokens.push(reset_token(&shop, "ada@example.com", mails).await);
            shop.clock.turn(std::time::Duration::from_secs(60));
        }
        let confirm = async |token: &str| {
            shop.post("/v1/password-resets/confirm", confirmation(token, OTHER_PASSWORD)).await.status
        };
        assert_eq!(confirm(&tokens[0]).await, 422, "a fourth mail outdates the first");
        shop.turn_hours(1);
        assert_eq!(confirm(&tokens[3]).await, 422, "an hour is over");
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_does_not_use_up_the_reset() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        let token = reset_token(&shop, "ada@example.com", 1).await;
        let weak = shop.post("/v1/password-resets/confirm", confirmation(&token, "ada lovelace")).await;
        assert_eq!(weak.problem(), (422, "weak_password".to_owned()));
        let strong = shop.post("/v1/password-resets/confirm", confirmation(&token, OTHER_PASSWORD)).await;
        assert_eq!(strong.status, 204);
    })
    .await;
}

#[tokio::test]
async fn a_reset_lets_in_who_was_locked_out_by_somebody_elses_guesses() {
    on_both(async |shop| {
        shop.registers("ada@example.com").await;
        for _ in 0..10 {
            shop.tries("ada@example.com", "a wrong one").await;
        }
        assert_eq!(shop.tries("ada@example.com", PASSWORD).await.status, 429);
        let token = reset_token(&shop, "ada@example.com", 1).await;
        shop.post("/v1/password-resets/confirm", confirmation(&token, OTHER_PASSWORD)).await;
        shop.logs_in("ada@example.com", OTHER_PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_tells_the_owner() {
    on_both(async |shop| {
        let here = shop.customer("ada@example.com").await;
        let elsewhere = shop.logs_in("ada@example.com", PASSWORD).await;
        let mailed = reset_token(&shop, "ada@example.com", 1).await;

        let change = json!({"current_password": PASSWORD, "password": OTHER_PASSWORD});
        assert_eq!(shop.put_as(&here, "/v1/me/password", change).await.status, 204);
        assert!(shop.is_known(&here).await);
        assert!(!shop.is_known(&elsewhere).await);
        shop.events("user.password_changed", "ada@example.com", 1).await;
        let late = shop.post("/v1/password-resets/confirm", confirmation(&mailed, PASSWORD)).await;
        assert_eq!(late.status, 422, "a reset that was asked for before is void");
        shop.logs_in("ada@example.com", OTHER_PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_session_is_no_way_to_guess_the_password() {
    on_both(async |shop| {
        let stolen = shop.customer("ada@example.com").await;
        let guess = json!({"current_password": "a wrong one", "password": OTHER_PASSWORD});
        for _ in 0..10 {
            let refused = shop.put_as(&stolen, "/v1/me/password", guess.clone()).await;
            assert_eq!(refused.problem(), (403, "wrong_password".to_owned()));
        }
        let refused = shop.put_as(&stolen, "/v1/me/password", guess).await;
        assert_eq!(refused.problem(), (429, "too_many_attempts".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn no_session_outlives_the_password_it_was_opened_with() {
    on_both(async |shop| {
        let owner = shop.customer("ada@example.com").await;
        let change = json!({"current_password": PASSWORD, "password": OTHER_PASSWORD});
        let logins = join_all((0..6).map(|_| shop.tries("ada@example.com", PASSWORD)));
        let (logins, changed) = futures::join!(logins, shop.put_as(&owner, "/v1/me/password", change));
        assert_eq!(changed.status, 204);
        for login in logins.iter().filter(|login| login.status == 201) {
            assert!(!shop.is_known(&login.string("/token")).await);
        }
    })
    .await;
}
