//! What the test shops sell.

use serde_json::{Value, json};

/// A small catalog whose every number a journey can rely on.
pub(crate) fn catalog_jsonl() -> String {
    let sizes = ["S", "M", "L"];
    let tees: Vec<Value> =
        sizes.iter().map(|size| variant(&format!("TEE-{size}"), &[size], 1999, 1000)).collect();
    let mut products = vec![
        json!({"key": "tee", "title": "Everyday Tee", "brand": "Cobalt", "category": ["Clothing", "Shirts"],
               "description": "Soft cotton.", "attributes": {"material": "cotton"}, "options": ["Size"], "variants": tees}),
        json!({"key": "mug", "title": "Stoneware Mug", "brand": "Dune", "category": ["Home", "Kitchen"],
               "variants": [variant("MUG", &[], 1250, 1000)]}),
        json!({"key": "toner", "title": "HP Laser Toner", "brand": "HP", "category": ["Office"],
               "variants": [variant("TONER", &[], 8900, 1000)]}),
        json!({"key": "last", "title": "The Last Shirt", "brand": "Cobalt", "category": ["Clothing"],
               "variants": [variant("LAST", &[], 4900, 50)]}),
        json!({"key": "rare", "title": "Rare Lamp", "brand": "Harrow", "category": ["Home"],
               "variants": [variant("RARE", &[], 9900, 1)]}),
    ];
    for n in 0..20 {
        let sku = format!("SPREAD-{n}");
        products.push(json!({"key": sku, "title": format!("Spread {n}"), "variants": [variant(&sku, &[], 1000 + n, 100_000)]}));
    }
    products.iter().map(|product| format!("{product}\n")).collect()
}

fn variant(sku: &str, option_values: &[&str], cents: i64, stock: i64) -> Value {
    json!({"sku": sku, "option_values": option_values, "prices": {"USD": cents, "EUR": cents},
           "weight_grams": 200, "stock": {"main": stock}})
}
