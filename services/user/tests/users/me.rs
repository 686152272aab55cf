//! What a user keeps about themselves.

use futures::future::join_all;
use serde_json::{Value, json};
use souk_contract::user::GetCustomer;
use souk_rpc::{Caller, Context};
use souk_types::UserId;

use crate::support::{Shop, cheap, on_both, on_both_with};
use souk_user::UserConfig;

fn address(city: &str) -> Value {
    json!({"name": "Ada Lovelace", "line1": "12 St James's Square", "city": city, "country": "GB"})
}

async fn adds(shop: &Shop, token: &str, city: &str, default: bool) -> String {
    shop.turn_hours(1);
    let body = json!({"address": address(city), "default": default});
    let reply = shop.post_as(token, "/v1/me/addresses", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let id = reply.string("/id");
    assert_eq!(reply.header("location"), Some(format!("/v1/me/addresses/{id}").as_str()));
    id
}

/// City and whether it is the default, oldest first.
async fn cities(shop: &Shop, token: &str) -> Vec<(String, bool)> {
    let list = shop.get("/v1/me/addresses", token).await.json();
    let items = list["items"].as_array().expect("items").clone();
    let city = |item: &Value| item["address"]["city"].as_str().expect("a city").to_owned();
    items.iter().map(|item| (city(item), item["default"] == true)).collect()
}

fn named(cities: &[(&str, bool)]) -> Vec<(String, bool)> {
    cities.iter().map(|(city, default)| ((*city).to_owned(), *default)).collect()
}

#[tokio::test]
async fn an_address_book_has_one_default_whatever_is_done_to_it() {
    on_both(async |shop| {
        let ada = shop.customer("ada@example.com").await;
        let london = adds(&shop, &ada, "London", false).await;
        adds(&shop, &ada, "Turin", false).await;
        assert_eq!(cities(&shop, &ada).await, named(&[("London", true), ("Turin", false)]));
        let paris = adds(&shop, &ada, "Paris", true).await;
        assert_eq!(cities(&shop, &ada).await, named(&[("London", false), ("Turin", false), ("Paris", true)]));
        assert_eq!(shop.delete(&format!("/v1/me/addresses/{paris}"), &ada).await.status, 204);
        assert_eq!(cities(&shop, &ada).await, named(&[("London", true), ("Turin", false)]));

        let path = format!("/v1/me/addresses/{london}");
        let moved = json!({"address": address("Ockham"), "default": false});
        assert_eq!(shop.put_as(&ada, &path, moved).await.json()["default"], false);
        assert_eq!(cities(&shop, &ada).await, named(&[("Ockham", false), ("Turin", true)]));
        assert_eq!(shop.get(&path, &ada).await.json()["address"]["city"], "Ockham");
    })
    .await;
}

#[tokio::test]
async fn an_address_book_is_bounded_even_when_filled_from_many_tabs_at_once() {
    let config = UserConfig { addresses_max: 3, ..cheap() };
    on_both_with(config, async |shop| {
        let ada = shop.customer("ada@example.com").await;
        let add = || shop.post_as(&ada, "/v1/me/addresses", json!({"address": address("London")}));
        let replies = join_all((0..6).map(|_| add())).await;
        let added = replies.iter().filter(|reply| reply.status == 201).count();
        let full = replies.iter().filter(|reply| reply.status == 409).count();
        assert_eq!((added, full), (3, 3));
        assert_eq!(cities(&shop, &ada).await.iter().filter(|(_, default)| *default).count(), 1);
        assert_eq!(add().await.string("/code"), "limit_reached");
    })
    .await;
}

#[tokio::test]
async fn nobody_reads_or_changes_anothers_address() {
    on_both(async |shop| {
        let ada = shop.customer("ada@example.com").await;
        let eve = shop.customer("eve@example.com").await;
        let path = format!("/v1/me/addresses/{}", adds(&shop, &ada, "London", true).await);
        let body = json!({"address": address("Nowhere")});
        assert_eq!(shop.get(&path, &eve).await.problem(), (404, "not_found".to_owned()));
        assert_eq!(shop.put_as(&eve, &path, body).await.status, 404);
        assert_eq!(shop.delete(&path, &eve).await.status, 404);
        assert_eq!(cities(&shop, &ada).await, named(&[("London", true)]));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_breaks_a_rule_is_refused_by_field() {
    on_both(async |shop| {
        let ada = shop.customer("ada@example.com").await;
        let body = json!({"address": {"name": "", "line1": "x", "city": "y", "country": "gb"}});
        let refused = shop.post_as(&ada, "/v1/me/addresses", body).await;
        assert_eq!(refused.status, 400);
        let json = refused.json();
        let fields: Vec<&str> =
            json["errors"].as_array().expect("errors").iter().filter_map(|e| e["field"].as_str()).collect();
        assert_eq!(fields, ["address.name", "address.country"]);
    })
    .await;
}

#[tokio::test]
async fn a_profile_changes_unless_somebody_else_was_faster() {
    on_both(async |shop| {
        let ada = shop.customer("ada@example.com").await;
        let changed = shop.patch_as(&ada, "/v1/me", json!({"name": "Ada King", "version": 1})).await;
        assert_eq!(changed.json()["name"], "Ada King");
        assert_eq!(changed.json()["locale"], "en");
        assert_eq!(changed.json()["version"], 2);
        let stale = shop.patch_as(&ada, "/v1/me", json!({"locale": "it", "version": 1})).await;
        assert_eq!(stale.problem(), (409, "version_stale".to_owned()));
        let fresh = shop.patch_as(&ada, "/v1/me", json!({"locale": "it"})).await;
        assert_eq!(fresh.json()["locale"], "it");
        let nothing = shop.patch_as(&ada, "/v1/me", json!({})).await;
        assert_eq!(nothing.json(), shop.get("/v1/me", &ada).await.json());
    })
    .await;
}

#[tokio::test]
async fn the_other_services_learn_who_a_customer_is() {
    on_both(async |shop| {
        let ada = shop.customer("Ada@example.com").await;
        let Caller::Customer { user, .. } = shop.authenticate(&ada).await.caller else {
            panic!("a customer")
        };
        let cx = Context::system("order");
        let customer = shop.users.customer(&cx, GetCustomer { user }).await.expect("known");
        assert_eq!((customer.email.as_str(), customer.email_verified), ("Ada@example.com", false));
        let nobody = GetCustomer { user: UserId(uuid::Uuid::nil()) };
        let error = shop.users.customer(&cx, nobody).await.expect_err("unknown");
        assert_eq!(error.code, "not_found");
        assert!(shop.users.ping(&cx, souk_contract::Done {}).await.is_ok());
    })
    .await;
}
