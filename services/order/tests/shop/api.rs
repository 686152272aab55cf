use std::collections::BTreeSet;

use serde_json::Value;
use souk_contract::events::ROUTES;

use souk_testkit::TestDatabase;

use crate::common::Shop;

#[tokio::test]
async fn the_service_reacts_to_exactly_what_the_routes_say() {
    let shop = Shop::open(TestDatabase::sqlite().expect("a folder")).await;
    let service = shop.rebuilt().service;
    let told: BTreeSet<&str> =
        ROUTES.iter().filter(|(_, to)| to.contains(&"order")).map(|(kind, _)| *kind).collect();
    let heard: BTreeSet<&str> = service.consumers.iter().flat_map(|consumer| consumer.kinds()).collect();
    assert_eq!(told, heard);
}

#[tokio::test]
async fn every_route_is_described() {
    let shop = Shop::open(TestDatabase::sqlite().expect("a folder")).await;
    let (_, api) = shop.rebuilt().service.public.split_for_parts();
    let api = serde_json::to_value(&api).expect("serializes");
    let paths = api["paths"].as_object().expect("paths");
    let mut operations = BTreeSet::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
            assert!(operations.insert(id.to_owned()), "{id} stands twice");
            assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
            assert!(operation["responses"].get("4XX").is_some(), "{method} {path}");
        }
    }
    assert_eq!(operations.len(), 25, "{operations:?}");
    for name in references(&api) {
        let known = !api["components"]["schemas"][&name].is_null();
        assert!(known || name == "Problem", "{name} is described nowhere");
    }
}

fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value.as_str().filter(|_| name == "$ref") {
                Some(at) => BTreeSet::from([at.rsplit('/').next().unwrap_or_default().to_owned()]),
                None => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}
