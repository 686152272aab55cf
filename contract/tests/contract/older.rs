//! What a neighbor of the last version writes, without the fields that have a default, is still understood.

use serde::de::DeserializeOwned;
use serde_json::json;
use souk_contract::Address;
use souk_contract::events::ProductRemoved;
use souk_contract::payment::Authorize;
use souk_contract::product::{GetOffers, ImportedMedia, ImportedProduct, ImportedVariant, Offer};
use souk_rpc::{Context, Error};
use souk_types::{Envelope, Money};

use crate::examples::{NOW, id};

fn read<T: DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).expect("older JSON is understood")
}

#[test]
fn an_older_neighbor_is_understood() {
    let address: Address =
        read(json!({"name": "Ada", "line1": "12 St James's Square", "city": "London", "country": "GB"}));
    assert_eq!((address.company, address.line2, address.region), (None, None, None));
    assert_eq!((address.postal_code, address.phone), (None, None));

    let authorize: Authorize = read(json!({
        "order": id(5), "number": "S-1001", "amount": {"amount": 4380, "currency": "EUR"},
        "email": "ada@example.com", "method": {"provider": "sandbox", "token": "tok_approved"}, "attempt": 1
    }));
    assert_eq!(authorize.return_url, None);

    let removed: ProductRemoved = read(json!({"product": id(2)}));
    assert_eq!(removed.slug, None);

    let offers: GetOffers = read(json!({"variants": [id(4)], "currency": "EUR"}));
    assert_eq!(offers.skus, Vec::<String>::new());

    let offer: Offer = read(json!({
        "variant": id(4), "product": id(9), "sku": "TEE-M", "title": "T-shirt", "variant_title": "M",
        "slug": "t-shirt", "unit_price": null, "tax_category": "standard", "weight_grams": 180,
        "published": true, "available": 12, "backorder": false
    }));
    assert_eq!((offer.image, offer.unit_price), (None, None));
}

#[test]
fn an_import_row_states_what_differs_from_the_usual_only() {
    let product: ImportedProduct =
        read(json!({"key": "tee", "title": "T-shirt", "variants": [{"sku": "TEE"}]}));
    let usual = ImportedProduct {
        key: "tee".to_owned(),
        title: "T-shirt".to_owned(),
        slug: None,
        description: String::new(),
        brand: None,
        published: true,
        category: Vec::new(),
        collections: Vec::new(),
        tax_category: "standard".to_owned(),
        attributes: serde_json::Map::new(),
        media: Vec::new(),
        options: Vec::new(),
        variants: vec![ImportedVariant {
            sku: "TEE".to_owned(),
            option_values: Vec::new(),
            barcodes: Vec::new(),
            prices: Default::default(),
            weight_grams: 0,
            backorder: false,
            stock: Default::default(),
        }],
    };
    assert_eq!(product, usual);
    assert_eq!(read::<ImportedMedia>(json!({"url": "https://cdn.example/tee.jpg"})).alt, "");
}

#[test]
fn a_newer_neighbor_is_understood_where_only_services_speak() {
    let newer = json!({
        "variant": id(4), "product": id(9), "sku": "TEE-M", "title": "T-shirt", "variant_title": "M",
        "slug": "t-shirt", "unit_price": null, "tax_category": "standard", "weight_grams": 180,
        "published": true, "available": 12, "backorder": false, "a_field_of_tomorrow": 1
    });
    assert_eq!(read::<Offer>(newer).sku, "TEE-M");
}

#[test]
fn what_carries_the_messages_is_understood_without_its_optional_parts() {
    let envelope: Envelope = read(json!({
        "id": id(1), "type": "order.placed", "source": "order", "subject": id(5), "sequence": 1, "time": NOW,
        "data": {}
    }));
    assert_eq!(envelope.traceparent, None);
    let cx: Context = read(json!({"caller": {"kind": "guest"}, "request_id": "r1"}));
    assert!(cx.idempotency.is_none() && cx.client_ip.is_none() && cx.traceparent.is_none());
    let error: Error = read(json!({"kind": "conflict", "code": "lost_race", "detail": "again"}));
    assert!(error.errors.is_empty() && error.retry_after_ms.is_none());
}

#[test]
fn a_typing_error_in_what_people_write_is_refused() {
    let typo = json!({"amount": 1, "currency": "EUR", "cents": 1});
    assert!(serde_json::from_value::<Money>(typo).is_err());
    let typo = json!({"sku": "TEE", "price": 1999});
    assert!(serde_json::from_value::<ImportedVariant>(typo).is_err());
}
