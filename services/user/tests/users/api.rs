//! The API description, and what holds for every operation.

use std::path::Path;

use serde_json::Value;

use crate::support::on_both;

#[tokio::test]
async fn every_operation_is_described() {
    on_both(async |shop| {
        let api: Value = serde_json::to_value(&shop.api).expect("JSON");
        let paths = api["paths"].as_object().expect("paths");
        assert_eq!(paths.len(), 16, "{:?}", paths.keys());
        for (path, operations) in paths {
            for (method, operation) in operations.as_object().expect("operations") {
                let has = |pointer: &str| operation.pointer(pointer).is_some();
                assert!(has("/operationId") && has("/summary") && has("/tags/0"), "{method} {path}");
                assert!(has("/responses/4XX") && has("/responses/5XX"), "{method} {path}");
            }
        }
        let email = api.pointer("/components/schemas/EmailAddress").expect("a schema");
        assert_eq!((&email["type"], &email["maxLength"]), (&"string".into(), &254.into()));
    })
    .await;
}

#[tokio::test]
async fn what_is_about_a_person_is_kept_in_no_cache() {
    on_both(async |shop| {
        let ada = shop.customer("ada@example.com").await;
        for path in ["/v1/me", "/v1/sessions", "/v1/me/addresses", "/v1/admin/staff"] {
            assert_eq!(shop.get(path, &ada).await.header("cache-control"), Some("no-store"), "{path}");
        }
    })
    .await;
}

#[test]
fn every_refusal_has_a_page() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for code in [
        "already_staff",
        "email_unverified",
        "last_owner",
        "limit_reached",
        "name_taken",
        "permission_beyond_yours",
        "token_invalid",
        "too_many_attempts",
        "too_many_mails",
        "version_stale",
        "weak_password",
        "wrong_credentials",
        "wrong_password",
    ] {
        assert!(pages.join(format!("{code}.md")).is_file(), "{code}");
    }
}
