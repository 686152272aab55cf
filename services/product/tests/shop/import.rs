//! Import files.

use serde_json::{Value, json};
use souk_db::args;

use crate::support::on_both;

fn lamp(key: &str, price: i64) -> Value {
    json!({
        "key": key, "title": format!("Lamp {key}"), "brand": "Lux", "category": ["Home", "Lamps"], "collections": ["Warm light"],
        "attributes": { "watts": 4.5, "dimmable": true, "socket": "E27" },
        "media": [{ "url": "https://img.example/lamp.jpg", "alt": "A lamp" }],
        "variants": [{ "sku": format!("LAMP-{key}"), "prices": { "EUR": price }, "stock": { "main": 10 } }]
    })
}

#[tokio::test]
async fn the_same_file_imported_twice_changes_nothing() {
    on_both(async |shop| {
        let file = || (0..20).map(|i| lamp(&i.to_string(), 1_000 + i)).collect::<Vec<_>>();
        let report = shop.imports(file()).await;
        assert_eq!((report.created, report.updated, report.unchanged, report.rejected.len()), (20, 0, 0, 0));
        let sql = "select cast(sum(version) as bigint), (select count(*) from outbox), (select count(*) from movement) from product";
        let state = async || {
            let read = shop.db.read_one(sql, args![], |row| Ok([row.get::<i64>(0)?, row.get(1)?, row.get(2)?]));
            read.await.expect("a read").expect("a row")
        };
        let before = state().await;
        assert_eq!(before, [20, 20, 20]);
        let report = shop.imports(file()).await;
        assert_eq!((report.created, report.updated, report.unchanged, report.rejected.len()), (0, 0, 20, 0));
        assert_eq!(state().await, before);
        let levels = shop.levels(shop.variant("LAMP-3").await).await;
        assert_eq!(levels, (10, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_changed_row_updates_its_product_and_leaves_its_stock_alone() {
    on_both(async |shop| {
        shop.imports(vec![lamp("1", 1_000), lamp("2", 1_000)]).await;
        let variant = shop.variant("LAMP-1").await;
        let mut changed = lamp("1", 900);
        changed["variants"][0]["stock"]["main"] = json!(99);
        let report = shop.imports(vec![changed, lamp("2", 1_000)]).await;
        assert_eq!((report.created, report.updated, report.unchanged), (0, 1, 1));
        assert_eq!(shop.variant("LAMP-1").await, variant);
        assert_eq!(shop.levels(variant).await, (10, 0, 0));
        let (_, _, page) = shop.get("/v1/products/lamp-1").await;
        assert_eq!(page["variants"][0]["prices"][0]["amount"], 900);
    })
    .await;
}

#[tokio::test]
async fn a_bad_row_is_named_and_the_rest_goes_in() {
    on_both(async |shop| {
        shop.sells("TAKEN", 1).await;
        let mut taken = lamp("3", 1);
        taken["variants"][0]["sku"] = json!("TAKEN");
        let mut nowhere = lamp("4", 1);
        nowhere["variants"][0]["stock"] = json!({ "moon": 1 });
        let rows = vec![
            lamp("1", 1),
            json!({ "key": "2", "title": " ", "variants": [] }),
            taken,
            nowhere,
            lamp("1", 2),
        ];
        let report = shop.imports(rows).await;
        assert_eq!(report.created, 1);
        let named: Vec<_> =
            report.rejected.iter().map(|row| (row.line, row.field.as_str(), row.rule.as_str())).collect();
        assert_eq!(
            named,
            [
                (2, "title", "blank"),
                (2, "variants", "entries"),
                (3, "variants[0].sku", "unique"),
                (4, "variants[0].stock.moon", "exists"),
                (5, "key", "unique"),
                (5, "variants[0].sku", "unique"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn categories_and_collections_are_made_on_the_way() {
    on_both(async |shop| {
        let report = shop.imports(vec![lamp("1", 1), lamp("2", 2)]).await;
        assert_eq!(report.rejected, []);
        let (_, _, tree) = shop.get("/v1/categories").await;
        let paths: Vec<_> =
            tree["items"].as_array().expect("a list").iter().map(|c| c["path"].clone()).collect();
        assert_eq!(paths, ["home", "home/lamps"]);
        let (_, _, list) = shop.get("/v1/products?collection=warm-light").await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
        let (_, _, list) = shop.get("/v1/products?category=home&sort=price_desc").await;
        assert_eq!(list["items"][0]["slug"], "lamp-2");
    })
    .await;
}

#[tokio::test]
async fn the_way_to_a_category_is_told_from_the_root() {
    on_both(async |shop| {
        shop.imports(vec![lamp("1", 1)]).await;
        let (_, _, way) = shop.get("/v1/categories?path=home/lamps").await;
        let paths: Vec<_> =
            way["items"].as_array().expect("a list").iter().map(|c| c["path"].clone()).collect();
        assert_eq!(paths, ["home", "home/lamps"]);
        for (query, status, code) in [
            ("path=home/sofas", 404, "not_found"),
            ("path=Home", 400, "invalid_request"),
            ("path=home&parent=home", 422, "parent_or_path"),
        ] {
            let (answered, _, problem) = shop.get(&format!("/v1/categories?{query}")).await;
            assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn products_of_one_title_get_slugs_of_their_own() {
    on_both(async |shop| {
        let row = |key: &str| json!({ "key": key, "title": "Twin", "variants": [{ "sku": key }] });
        assert_eq!(shop.imports(vec![row("a"), row("b")]).await.created, 2);
        assert_eq!(shop.imports(vec![row("c")]).await.created, 1);
        let sql = "select count(distinct slug) from product";
        let slugs = shop.db.read_one(sql, args![], |row| row.get::<i64>(0)).await.expect("a read");
        assert_eq!(slugs, Some(3));
    })
    .await;
}
