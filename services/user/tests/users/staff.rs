//! Who runs the shop, and what programs may do for them.

use futures::future::join_all;
use serde_json::{Value, json};
use souk_rpc::{Caller, Permission};
use souk_user::domain::Role;

use crate::support::{OTHER_PASSWORD, PASSWORD, Shop, on_both};

async fn owner(shop: &Shop) -> String {
    shop.staff("owner@example.com", Permission::ALL).await
}

fn new_staff(email: &str, role: &str) -> Value {
    json!({"email": email, "name": "Grace", "password": PASSWORD, "roles": [role]})
}

async fn makes_key(shop: &Shop, token: &str, name: &str, scopes: Value) -> (String, String) {
    let reply = shop.post_as(token, "/v1/admin/api-keys", json!({"name": name, "scopes": scopes})).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    (reply.string("/key/id"), reply.string("/secret"))
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_never_stored() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let (id, secret) = makes_key(&shop, &owner, "scanner", json!(["stock:write", "stock:read"])).await;
        assert!(secret.starts_with("souk_k_"));
        let scopes = vec![Permission::StockRead, Permission::StockWrite];
        let key = id.parse().expect("an id");
        assert_eq!(shop.authenticate(&secret).await.caller, Caller::ApiKey { key, scopes });

        let list = shop.get("/v1/admin/api-keys", &owner).await;
        assert_eq!(list.json()["items"][0]["name"], "scanner");
        assert!(secret.ends_with(&list.string("/items/0/hint")));
        assert!(!list.text().contains(&secret));
        assert!(!shop.everything_stored().await.contains(&secret));
        let again = json!({"name": "scanner", "scopes": []});
        let taken = shop.post_as(&owner, "/v1/admin/api-keys", again).await;
        assert_eq!(taken.problem(), (409, "name_taken".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_from_that_moment_on() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let (id, secret) = makes_key(&shop, &owner, "scanner", json!(["stock:read"])).await;
        assert!(shop.is_known(&secret).await);
        shop.touches_are_written().await;
        let list = shop.get("/v1/admin/api-keys", &owner).await.json();
        assert!(list["items"][0]["last_used_at"].is_string());
        let path = format!("/v1/admin/api-keys/{id}");
        assert_eq!(shop.delete(&path, &owner).await.status, 204);
        assert!(!shop.is_known(&secret).await);
        assert_eq!(shop.delete(&path, &owner).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_key_never_does_more_than_its_creator_may() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let permissions = [Permission::StaffWrite, Permission::StockRead];
        let (user, _) = shop.hires("clerk@example.com", &permissions).await;
        let clerk = shop.logs_in("clerk@example.com", PASSWORD).await;
        let beyond = json!({"name": "key", "scopes": ["stock:write"]});
        let refused = shop.post_as(&clerk, "/v1/admin/api-keys", beyond).await;
        assert_eq!(refused.problem(), (403, "permission_beyond_yours".to_owned()));

        let (_, secret) = makes_key(&shop, &clerk, "key", json!(["stock:read", "staff:write"])).await;
        let path = format!("/v1/admin/staff/{user}");
        shop.patch_as(&owner, &path, json!({"permissions": ["stock:read"]})).await;
        let Caller::ApiKey { scopes, .. } = shop.authenticate(&secret).await.caller else { panic!("a key") };
        assert_eq!(scopes, [Permission::StockRead]);
        assert_eq!(shop.delete(&path, &owner).await.status, 204);
        assert!(!shop.is_known(&secret).await, "the key went with its creator");
        assert!(matches!(shop.authenticate(&clerk).await.caller, Caller::Customer { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_no_keys() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let (_, secret) = makes_key(&shop, &owner, "deploy", json!(["staff:write"])).await;
        let body = json!({"name": "another", "scopes": []});
        assert_eq!(shop.post_as(&secret, "/v1/admin/api-keys", body).await.status, 403);
        assert_eq!(shop.get("/v1/admin/api-keys", &secret).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn staff_may_do_what_their_role_says_at_once() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let hired =
            shop.post_as(&owner, "/v1/admin/staff", new_staff("grace@example.com", "warehouse")).await;
        assert_eq!(hired.status, 201, "{}", hired.text());
        assert_eq!(hired.json()["role"], "warehouse");
        let grace = shop.logs_in("grace@example.com", PASSWORD).await;
        assert_eq!(shop.get("/v1/admin/customers", &grace).await.problem(), (403, "forbidden".to_owned()));

        let path = format!("/v1/admin/staff/{}", hired.string("/id"));
        let promoted = shop.patch_as(&owner, &path, json!({"roles": ["support"]})).await;
        assert_eq!(promoted.json()["role"], "support");
        assert_eq!(shop.get("/v1/admin/customers", &grace).await.status, 200);
        let me = shop.get("/v1/me", &grace).await.json();
        assert_eq!(me["permissions"].as_array().map(Vec::len), Some(Role::Support.permissions().len()));
        let same = shop.patch_as(&owner, &path, json!({})).await;
        assert_eq!(same.json(), promoted.json());
        shop.events("user.verification_requested", "grace@example.com", 1).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_promotes_themselves() {
    on_both(async |shop| {
        owner(&shop).await;
        let permissions = [Permission::StaffWrite, Permission::StockRead];
        let (user, _) = shop.hires("clerk@example.com", &permissions).await;
        let clerk = shop.logs_in("clerk@example.com", PASSWORD).await;
        let path = format!("/v1/admin/staff/{user}");
        let refused = shop.patch_as(&clerk, &path, json!({"roles": ["owner"]})).await;
        assert_eq!(refused.problem(), (403, "permission_beyond_yours".to_owned()));
        let refused = shop.post_as(&clerk, "/v1/admin/staff", new_staff("crony@example.com", "owner")).await;
        assert_eq!(refused.problem(), (403, "permission_beyond_yours".to_owned()));
        assert_eq!(shop.count("users").await, 2);
    })
    .await;
}

#[tokio::test]
async fn two_owners_cannot_dismiss_each_other_at_once() {
    on_both(async |shop| {
        let first = owner(&shop).await;
        shop.turn_hours(1);
        let second = shop.staff("second@example.com", Permission::ALL).await;
        let list = shop.get("/v1/admin/staff", &first).await.json();
        let id = |at: usize| list["items"][at]["id"].as_str().expect("an id").to_owned();
        let (first_path, second_path) =
            (format!("/v1/admin/staff/{}", id(0)), format!("/v1/admin/staff/{}", id(1)));
        let (a, b) = futures::join!(shop.delete(&second_path, &first), shop.delete(&first_path, &second));
        let (done, refused) = if a.status == 204 { (a, b) } else { (b, a) };
        assert_eq!(done.status, 204);
        assert!(matches!(refused.status, 403 | 409), "{}", refused.text());
        assert_eq!(shop.count("staff").await, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_registers_somebodys_address_beforehand_does_not_become_staff_by_it() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let squatter = shop.customer("grace@example.com").await;
        let refused = shop.post_as(&owner, "/v1/admin/staff", new_staff("grace@example.com", "owner")).await;
        assert_eq!(refused.problem(), (409, "email_unverified".to_owned()));

        let (_, created) = shop.hires("grace@example.com", Permission::ALL).await;
        assert!(!created);
        assert!(!shop.is_known(&squatter).await, "the console vouches for the address and ends what was");
        shop.logs_in("grace@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn a_verified_customer_who_is_hired_keeps_their_password() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let grace = shop.customer("grace@example.com").await;
        let mail = shop.events("user.verification_requested", "grace@example.com", 1).await.remove(0);
        shop.post("/v1/users/verification", json!({"token": mail["token"]})).await;
        let body = json!({"email": "GRACE@example.com", "name": "G", "password": OTHER_PASSWORD, "roles": ["manager"]});
        assert_eq!(shop.post_as(&owner, "/v1/admin/staff", body.clone()).await.status, 201);
        assert!(matches!(shop.authenticate(&grace).await.caller, Caller::Staff { .. }));
        assert_eq!(shop.tries("grace@example.com", OTHER_PASSWORD).await.status, 401);
        let again = shop.post_as(&owner, "/v1/admin/staff", body).await;
        assert_eq!(again.problem(), (409, "already_staff".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn creating_staff_at_the_console_twice_changes_nothing_the_second_time() {
    on_both(async |shop| {
        let (first, created) = shop.hires("owner@example.com", Permission::ALL).await;
        assert!(created);
        let session = shop.logs_in("owner@example.com", PASSWORD).await;
        let statements = shop.db.stats().statements;
        let (second, created) = shop.hires("owner@example.com", Permission::ALL).await;
        assert_eq!((first, false), (second, created));
        assert_eq!(shop.db.stats().statements, statements);
        assert!(shop.is_known(&session).await);
        let (_, created) = shop.hires("owner@example.com", &[Permission::StaffWrite]).await;
        assert!(!created);
        let me = shop.get("/v1/me", &session).await.json();
        assert_eq!(me["permissions"], json!(["staff:write"]));
    })
    .await;
}

#[tokio::test]
async fn customers_are_listed_newest_first_in_pages_that_neither_skip_nor_repeat() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let emails: Vec<String> = (0..5).map(|n| format!("c{n}@example.com")).collect();
        for email in &emails {
            shop.turn_hours(1);
            shop.registers(email).await;
        }
        let (mut seen, mut path) = (vec![], "/v1/admin/customers?limit=2".to_owned());
        loop {
            let page = shop.get(&path, &owner).await.json();
            seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["email"].clone()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/admin/customers?limit=2&cursor={cursor}");
        }
        assert_eq!(
            seen,
            [
                "c4@example.com",
                "c3@example.com",
                "c2@example.com",
                "c1@example.com",
                "c0@example.com",
                "owner@example.com"
            ]
        );
        let one = shop.get("/v1/admin/customers?email=C3@example.com", &owner).await.json();
        assert_eq!(one["items"][0]["email"], "c3@example.com");
        assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
        for wrong in ["limit=0", "limit=101", "cursor=zz", "email=x", "page=2"] {
            let path = format!("/v1/admin/customers?{wrong}");
            assert_eq!(shop.get(&path, &owner).await.status, 400, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn many_keys_made_at_once_have_names_of_their_own() {
    on_both(async |shop| {
        let owner = owner(&shop).await;
        let make = || shop.post_as(&owner, "/v1/admin/api-keys", json!({"name": "one", "scopes": []}));
        let replies = join_all((0..5).map(|_| make())).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert!(replies.iter().all(|reply| matches!(reply.status, 201 | 409)));
    })
    .await;
}
