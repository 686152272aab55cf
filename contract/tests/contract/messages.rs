//! Every request and every reply of every service.

use serde_json::json;
use souk_contract::Done;
use souk_contract::order::{CartClaimed, ClaimCart, PriceChange, PricesReplayed, ReplayPrices};
use souk_contract::payment::{
    Authorization, AuthorizationOutcome, Authorize, PaymentMethod, RefundOrder, Refunded,
};
use souk_contract::product::{
    FoundProduct, FoundProducts, GetOffers, HoldLine, HoldOutcome, HoldStock, ImportProducts, ImportReport,
    ImportRow, ImportedMedia, ImportedProduct, ImportedVariant, Offer, Offers, RejectedRow, ReleaseStock,
    SearchProducts, Shortage,
};
use souk_contract::user::{Authenticate, CreateStaff, Customer, GetCustomer, Principal, StaffCreated};
use souk_rpc::{Caller, Permission};
use souk_types::{
    ApiKeyId, CartId, Currency, OrderId, PaymentId, ProductId, RefundId, SessionId, UserId, VariantId,
};

use crate::examples::{NOW, euros, id, some, text};
use crate::speaks;

/// Lists messages by type, each with one or more examples (`name: value`).
macro_rules! messages {
    ($($type:ident { $($name:literal: $value:expr),* $(,)? })*) => {
        const NAMES: &[&str] = &[$(stringify!($type)),*];

        #[test]
        fn every_request_and_reply_is_written_as_ever() {
            $($({
                let example: $type = $value;
                speaks($name, &example);
            })*)*
        }
    };
}

messages! {
    Done { "done": Done {} }

    Authenticate { "user.authenticate": Authenticate { token: text("s3cret") } }
    Principal {
        "user.principal.guest": principal(Caller::Guest),
        "user.principal.customer": principal(Caller::Customer { user: UserId(id(1)), session: SessionId(id(2)) }),
        "user.principal.staff": principal(Caller::Staff {
            user: UserId(id(1)), session: SessionId(id(2)), permissions: Permission::ALL.to_vec(),
        }),
        "user.principal.api_key": principal(Caller::ApiKey {
            key: ApiKeyId(id(3)), scopes: vec![Permission::CatalogWrite],
        }),
        "user.principal.system": principal(Caller::System),
    }
    GetCustomer { "user.get_customer": GetCustomer { user: UserId(id(1)) } }
    Customer {
        "user.customer": Customer {
            id: UserId(id(1)), email: text("ada@example.com"), name: text("Ada"), email_verified: true,
            locale: text("en"),
        },
    }
    CreateStaff {
        "user.create_staff": CreateStaff {
            email: text("grace@example.com"), name: text("Grace"), password: text("correct horse"),
            permissions: vec![Permission::OrdersRead, Permission::OrdersWrite],
        },
    }
    StaffCreated { "user.staff_created": StaffCreated { user: UserId(id(1)), created: true } }

    GetOffers { "product.get_offers": GetOffers {
        variants: vec![VariantId(id(4))], skus: vec![text("MUG")], currency: Currency::EUR, groups: true,
    } }
    Offers { "product.offers": Offers { offers: vec![offer()] } }
    HoldStock {
        "product.hold_stock": HoldStock {
            order: OrderId(id(5)), expires_at: NOW,
            lines: vec![HoldLine { variant: VariantId(id(4)), quantity: 2 }],
        },
    }
    HoldOutcome {
        "product.hold_outcome.held": HoldOutcome::Held { expires_at: NOW },
        "product.hold_outcome.sold_out": HoldOutcome::SoldOut {
            shortages: vec![Shortage { variant: VariantId(id(4)), requested: 2, available: 1 }],
        },
    }
    ReleaseStock { "product.release_stock": ReleaseStock { order: OrderId(id(5)) } }
    ImportProducts {
        "product.import_products": ImportProducts { rows: vec![ImportRow { line: 1, product: imported() }] },
    }
    SearchProducts { "product.search_products": SearchProducts { text: text("red mug"), limit: 10 } }
    FoundProducts {
        "product.found_products": FoundProducts {
            products: vec![
                FoundProduct { id: ProductId(id(9)), import_key: Some(text("mug")) },
                FoundProduct { id: ProductId(id(8)), import_key: None },
            ],
            repaired: Some(text("red mug")),
            complete: true,
        },
    }
    ImportReport {
        "product.import_report": ImportReport {
            created: 1, updated: 2, unchanged: 3,
            rejected: vec![RejectedRow {
                line: 7, field: text("variants[0].sku"), rule: text("length"), detail: text("must have 1 to 64 characters"),
            }],
        },
    }

    ClaimCart { "order.claim_cart": ClaimCart { cart: CartId(id(6)), user: UserId(id(1)) } }
    ReplayPrices {
        "order.replay_prices": ReplayPrices { rules: text("[]"), after: Some(CartId(id(6))), limit: 100 },
    }
    PricesReplayed {
        "order.prices_replayed": PricesReplayed {
            carts: 1, unpriced: 1, next: Some(CartId(id(6))),
            changes: vec![PriceChange {
                cart: CartId(id(6)), before: euros(4488), after: euros(4088),
                promotions_before: vec![], promotions_after: vec![text("Spring sale")],
            }],
        },
    }
    CartClaimed {
        "order.cart_claimed": CartClaimed { cart: Some(CartId(id(6))) },
        "order.cart_claimed.none": CartClaimed { cart: None },
    }

    Authorize {
        "payment.authorize": Authorize {
            order: OrderId(id(5)), number: text("S-1001"), amount: euros(4380), email: text("ada@example.com"),
            method: PaymentMethod { provider: text("sandbox"), token: text("tok_approved") }, attempt: 1,
            return_url: some("https://shop.example/orders/S-1001"),
        },
    }
    Authorization {
        "payment.authorization.authorized": authorization(AuthorizationOutcome::Authorized),
        "payment.authorization.declined":
            authorization(AuthorizationOutcome::Declined { reason: text("insufficient_funds") }),
        "payment.authorization.needs_buyer":
            authorization(AuthorizationOutcome::NeedsBuyer { url: text("https://bank.example/3ds") }),
        "payment.authorization.unknown": authorization(AuthorizationOutcome::Unknown),
    }
    RefundOrder {
        "payment.refund": RefundOrder {
            order: OrderId(id(5)), key: text("return-1"), amount: euros(1999), reason: text("too_small"),
        },
    }
    Refunded {
        "payment.refunded_reply": Refunded { refund: RefundId(id(8)), amount: euros(1999), settled: false },
    }
}

fn principal(caller: Caller) -> Principal {
    Principal { caller, believe_until: NOW, stale_until: Some(NOW) }
}

fn authorization(outcome: AuthorizationOutcome) -> Authorization {
    Authorization { payment: PaymentId(id(7)), outcome }
}

fn offer() -> Offer {
    Offer {
        variant: VariantId(id(4)),
        product: ProductId(id(9)),
        sku: text("TEE-M"),
        title: text("T-shirt"),
        variant_title: text("M"),
        slug: text("t-shirt"),
        unit_price: Some(euros(1999)),
        tax_category: text("standard"),
        weight_grams: 180,
        published: true,
        available: 12,
        backorder: false,
        image: some("https://cdn.example/tee.jpg"),
        categories: Vec::new(),
        collections: Vec::new(),
    }
}

fn imported() -> ImportedProduct {
    let serde_json::Value::Object(attributes) = json!({"material": "cotton", "washable": true}) else {
        unreachable!("it is an object")
    };
    ImportedProduct {
        key: text("tee"),
        title: text("T-shirt"),
        slug: some("t-shirt"),
        description: text("A shirt."),
        brand: some("Souk"),
        published: true,
        category: vec![text("Clothes"), text("Shirts")],
        collections: vec![text("summer")],
        tax_category: text("standard"),
        attributes,
        media: vec![ImportedMedia { url: text("https://cdn.example/tee.jpg"), alt: text("A shirt") }],
        options: vec![text("Size")],
        variants: vec![ImportedVariant {
            sku: text("TEE-M"),
            option_values: vec![text("M")],
            barcodes: vec![text("4006381333931")],
            prices: [(text("EUR"), 1999), (text("JPY"), 3200)].into(),
            weight_grams: 180,
            backorder: true,
            stock: [(text("main"), 12)].into(),
        }],
    }
}

#[test]
fn no_request_or_reply_of_the_source_is_missing_here() {
    let sources = [
        include_str!("../../src/order.rs"),
        include_str!("../../src/payment.rs"),
        include_str!("../../src/product.rs"),
        include_str!("../../src/user.rs"),
    ];
    let mut methods = 0;
    for source in sources {
        let contract = source.split("contract! {").nth(1).expect("a contract");
        let contract = contract.split("\n}").next().expect("its end");
        for line in contract.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            let Some((call, reply)) = line.split_once(") -> ") else { continue };
            let request = call.split_once('(').expect("a request").1;
            let reply = reply.trim_end_matches(';');
            for message in [request, reply] {
                assert!(NAMES.contains(&message), "`{message}` has no example here");
            }
            methods += 1;
        }
    }
    assert!(methods >= 14, "only {methods} methods were found: is the contract written in another way now?");
}
