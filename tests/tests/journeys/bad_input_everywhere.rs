//! Every endpoint of the description is sent everything that its schema rules out, one thing at a time.
//!
//! Each refusal is a problem document that names the field, and the rule where all endpoints call it the same.
//! Afterwards the shop looks exactly as before. What the endpoints are is read from `/openapi.json`, so that a new one
//! is tried without being asked for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Answer, Buyer, Client, Description, Operation, TestShop, address, new_key};

use crate::journey;

/// An id that nothing has.
const NOBODY: &str = "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e";
/// A version that nothing has reached.
const NEVER: i64 = 999_999_999;
/// Its bodies are the provider's business, and checked by their signature.
const WEBHOOK: &str = "receive_payment_webhook";
/// They differ from one look to the next: when a session was last seen, what the index has heard of.
const RESTLESS: [&str; 2] = ["list_sessions", "search_products"];

journey!(
    every_endpoint_names_what_it_cannot_take_and_changes_nothing(shop) {
        let cast = Cast::assemble(shop).await?;
        shop.audit().await?;
        let before = cast.looks_around().await?;
        let mut complaints = Vec::new();
        let mut asked = 0;
        for operation in &cast.operations {
            let attempts = cast.attempts(operation);
            asked += attempts.len();
            for attempt in attempts {
                complaints.extend(attempt.complaint(&cast, operation).await?);
            }
        }
        ensure!(complaints.is_empty(), "{} of {asked}:\n{}", complaints.len(), complaints.join("\n"));
        ensure!(asked > 1_000, "only {asked} attempts were made");
        let after = cast.looks_around().await?;
        for (path, seen) in &before {
            ensure!(after[path] == *seen, "{path} was\n{seen}\nand is\n{}", after[path]);
        }
        Ok(())
    }
);

journey!(
    a_key_that_comes_again_with_another_body_is_refused_by_every_endpoint(shop) {
        let cast = Cast::assemble(shop).await?;
        let mut refused = 0;
        for operation in cast.operations.iter().filter(|operation| operation.keyed) {
            let Some(body) = operation.body.as_ref().map(|schema| cast.description.example(schema)) else {
                continue;
            };
            let key = new_key();
            let headers = [("Idempotency-Key", key.as_str())];
            let (client, path) = (cast.client(operation), cast.path(operation));
            let first = client.send(operation.method.clone(), &path, Some(body), &headers).await?;
            // Only what has had its effect is kept; other refusals may be mended and sent again.
            if !first.status.is_success() && first.status != 422 {
                continue;
            }
            let other = json!({"another": "body"});
            let second = client.send(operation.method.clone(), &path, Some(other), &headers).await?;
            let named = second.status == 422 && second.code() == "idempotency_key_reused";
            ensure!(named, "{}: {first:?}, then {second:?}", operation.id);
            refused += 1;
        }
        ensure!(refused >= 12, "only {refused} endpoints took the first request");
        Ok(())
    }
);

/// Who acts, and one of each thing to act on.
struct Cast {
    staff: Client,
    ada: Buyer,
    eve: Buyer,
    description: Description,
    operations: Vec<Operation>,
    /// By what stands before them in a path.
    ids: BTreeMap<&'static str, String>,
}

impl Cast {
    async fn assemble(shop: &TestShop) -> Result<Cast> {
        let (staff, ada, eve) =
            (shop.staff().await?, shop.customer("Ada").await?, shop.customer("Eve").await?);
        let description = Description::of(&shop.client).await?;
        let operations = description.operations()?;
        let operations = operations.into_iter().filter(|operation| operation.id != WEBHOOK).collect();
        let order = ada.buys("MUG", 1).await?;
        ada.sees(&order, "payment_status", "captured").await?;
        let cart = ada.cart("MUG", 1).await?;
        let home = ada.client.post("/v1/me/addresses", json!({"address": address("Ada")})).await?.ok()?;
        let shelf = staff.post("/v1/admin/collections", json!({"title": "Summer"})).await?.ok()?;
        let rule = json!({"title": "Spring", "code": "SPRING", "effect": {"type": "free_shipping"}});
        let promotion = staff.post("/v1/admin/promotions", rule).await?.ok()?;
        let key = json!({"name": "scanner", "scopes": ["stock:read"]});
        let key = staff.post("/v1/admin/api-keys", key).await?.ok()?;
        let first = async |path: &str| anyhow::Ok(staff.get(path).await?.ok()?["items"][0].clone());
        let things = [
            ("/v1/admin/api-keys/", key["key"].clone()),
            ("/v1/admin/categories/", first("/v1/categories").await?),
            ("/v1/admin/collections/", shelf),
            ("/v1/admin/locations/", first("/v1/admin/locations").await?),
            ("/v1/admin/mails/", first("/v1/admin/mails").await?),
            ("/v1/admin/orders/", order.clone()),
            ("/v1/admin/payments/", first("/v1/admin/payments").await?),
            ("/v1/admin/promotions/", promotion),
            ("/v1/admin/products/", first("/v1/admin/products").await?),
            ("/v1/admin/staff/", first("/v1/admin/staff").await?),
            ("/v1/carts/", cart.clone()),
            ("/lines/", cart["lines"][0].clone()),
            ("/v1/me/addresses/", home),
            ("/v1/orders/", order),
        ];
        let ids = things.into_iter().map(|(path, thing)| {
            let id = thing["id"].as_str().or(thing["user_id"].as_str());
            anyhow::Ok((path, id.with_context(|| format!("no id for {path}: {thing}"))?.to_owned()))
        });
        let ids = ids.collect::<Result<_>>()?;
        Ok(Cast { staff, ada, eve, description, operations, ids })
    }

    fn client(&self, operation: &Operation) -> &Client {
        if operation.path.starts_with("/v1/admin/") { &self.staff } else { &self.ada.client }
    }

    /// The path with the ids of things that are there, and the query without which nothing is read.
    fn path(&self, operation: &Operation) -> String {
        self.bare_path(operation) + &query(operation, None)
    }

    fn bare_path(&self, operation: &Operation) -> String {
        fill(&operation.path, |before| {
            let known = self.ids.iter().find(|(place, _)| before.ends_with(*place));
            known.map_or_else(|| NOBODY.to_owned(), |(_, id)| id.clone())
        })
    }

    /// All that staff and Ada can see.
    async fn looks_around(&self) -> Result<BTreeMap<String, String>> {
        let mut seen = BTreeMap::new();
        let views = self.operations.iter().filter(|operation| operation.method == Method::GET);
        for operation in views.filter(|operation| !RESTLESS.contains(&operation.id.as_str())) {
            let path = self.path(operation);
            let answer = self.client(operation).get(&path).await?;
            seen.insert(path, answer.text);
        }
        Ok(seen)
    }

    /// All that is tried with one endpoint.
    fn attempts(&self, operation: &Operation) -> Vec<Attempt> {
        let mut attempts = self.foreign(operation);
        attempts.extend(self.stale(operation));
        attempts.extend(self.wrong_queries(operation));
        let Some(schema) = &operation.body else { return attempts };
        for broken in self.description.broken(schema) {
            let body = broken.value.to_string().into_bytes();
            let expected = Expected::Named { field: broken.field, rule: broken.rule };
            attempts.push(Attempt { body, ..self.attempt(operation, expected) });
        }
        let unreadable: [&[u8]; 7] =
            [b"", b"{", b"{}}", b"nothing", b"\0", b"{\"a\":\"\xff\"}", &[b'['; 100_000]];
        for body in unreadable {
            let expected = Expected::Named { field: String::new(), rule: None };
            attempts.push(Attempt { body: body.to_vec(), ..self.attempt(operation, expected) });
        }
        let text = Attempt { media_type: "text/plain", ..self.attempt(operation, Expected::Status(&[415])) };
        attempts.push(Attempt { body: b"{}".to_vec(), ..text });
        let huge =
            Attempt { body: vec![b' '; 9_000_000], ..self.attempt(operation, Expected::Status(&[413])) };
        attempts.push(huge);
        attempts
    }

    fn attempt(&self, operation: &Operation, expected: Expected) -> Attempt {
        Attempt {
            client: self.client(operation).clone(),
            path: self.path(operation),
            body: Vec::new(),
            media_type: "application/json",
            if_match: None,
            expected,
        }
    }

    fn example(&self, operation: &Operation) -> Value {
        operation.body.as_ref().map_or(Value::Null, |schema| self.description.example(schema))
    }

    /// Ids of nothing, of nobody, and of somebody else's.
    fn foreign(&self, operation: &Operation) -> Vec<Attempt> {
        if !operation.path.contains('{') {
            return Vec::new();
        }
        let body = bytes(&self.example(operation));
        let if_match = operation.versioned.then(|| "\"1\"".to_owned());
        let attempt = || Attempt {
            body: body.clone(),
            if_match: if_match.clone(),
            ..self.attempt(operation, Expected::Status(&[404]))
        };
        let mut attempts: Vec<_> = [NOBODY, "not-an-id", "0", "%00", "..%2f..%2fetc"]
            .into_iter()
            .map(|id| Attempt {
                path: fill(&operation.path, |_| id.to_owned()) + &query(operation, None),
                ..attempt()
            })
            .collect();
        let private = ["/v1/carts/", "/v1/orders/", "/v1/me/"];
        if private.iter().any(|place| operation.path.starts_with(place)) {
            attempts.push(Attempt { client: self.eve.client.clone(), ..attempt() });
        }
        attempts
    }

    /// A version that is not the newest.
    fn stale(&self, operation: &Operation) -> Option<Attempt> {
        let in_body =
            operation.body.as_ref().is_some_and(|schema| !schema["properties"]["version"].is_null());
        if !in_body && !operation.versioned {
            return None;
        }
        let mut body = self.example(operation);
        if in_body {
            body["version"] = json!(NEVER);
        }
        let if_match = operation.versioned.then(|| format!("\"{NEVER}\""));
        Some(Attempt {
            body: bytes(&body),
            if_match,
            ..self.attempt(operation, Expected::Status(&[409, 412]))
        })
    }

    fn wrong_queries(&self, operation: &Operation) -> Vec<Attempt> {
        let mut wrong = Vec::new();
        for (name, schema) in &operation.query {
            let bounds = [
                schema["minimum"].as_i64().map(|least| least - 1),
                schema["maximum"].as_i64().map(|most| most + 1),
            ];
            wrong.extend(bounds.into_iter().flatten().map(|value| (name.as_str(), value.to_string())));
            if let Some(most) = schema["maxLength"].as_u64() {
                wrong.push((name, "x".repeat(usize::try_from(most).unwrap_or(0) + 1)));
            }
            let is_free_text = schema["maxLength"].is_u64() || schema["items"].is_object();
            if name == "cursor" || !is_free_text {
                wrong.push((name, "nothing_of_the_kind".to_owned()));
            }
        }
        if !operation.query.is_empty() {
            wrong.push(("no_such_parameter", "1".to_owned()));
        }
        let named = |(name, value): (&str, String)| {
            let expected = Expected::Named { field: format!("?{name}"), rule: None };
            let path = self.bare_path(operation) + &query(operation, Some((name, &value)));
            Attempt { path, body: bytes(&self.example(operation)), ..self.attempt(operation, expected) }
        };
        wrong.into_iter().map(named).collect()
    }
}

/// How a request must be refused.
#[derive(Clone, PartialEq)]
enum Expected {
    Status(&'static [u16]),
    /// 400, naming this field and, if given, this rule.
    Named {
        field: String,
        rule: Option<&'static str>,
    },
}

struct Attempt {
    client: Client,
    path: String,
    body: Vec<u8>,
    media_type: &'static str,
    if_match: Option<String>,
    expected: Expected,
}

impl Attempt {
    /// Sends it. What is wrong with the answer, if anything is.
    async fn complaint(self, cast: &Cast, operation: &Operation) -> Result<Option<String>> {
        let mut headers = Vec::new();
        let key = new_key();
        if operation.keyed {
            headers.push(("Idempotency-Key", key.as_str()));
        }
        if let Some(version) = &self.if_match {
            headers.push(("If-Match", version.as_str()));
        }
        if operation.body.is_some() {
            headers.push(("Content-Type", self.media_type));
        }
        let shown = String::from_utf8_lossy(&self.body[..self.body.len().min(200)]).into_owned();
        let answer =
            self.client.send_bytes(operation.method.clone(), &self.path, self.body, &headers).await?;
        let fits = is_problem(&answer) && self.expected.is_met(&answer);
        let by = if std::ptr::eq(cast.client(operation), &cast.staff) { "staff" } else { "Ada" };
        Ok((!fits).then(|| {
            let path = &self.path[..self.path.len().min(200)];
            format!("{} ({by}) {path} {shown}\n    {} {}", operation.id, answer.status, answer.text)
        }))
    }
}

impl Expected {
    fn is_met(&self, answer: &Answer) -> bool {
        let (field, rule) = match self {
            Expected::Status(allowed) => return allowed.contains(&answer.status.as_u16()),
            Expected::Named { field, rule } => (field, rule),
        };
        let problem = answer.json();
        let names_it = |error: &Value| {
            let same_rule = rule.map_or(error["rule"] != "", |rule| error["rule"] == rule);
            same_rule && (error["field"] == *field)
        };
        answer.status == 400 && problem["errors"].as_array().is_some_and(|errors| errors.iter().any(names_it))
    }
}

fn is_problem(answer: &Answer) -> bool {
    answer.headers.get("content-type").is_some_and(|kind| kind == "application/problem+json")
        && !answer.code().is_empty()
        && answer.json()["status"] == answer.status.as_u16()
}

/// What must stand in the query, and one parameter more, which comes instead of another of its name.
fn query(operation: &Operation, more: Option<(&str, &str)>) -> String {
    let stated = operation.stated.iter().filter(|(name, _)| more.is_none_or(|(more, _)| more != name));
    let stated = stated
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or(value.to_string(), str::to_owned)));
    let more = more.map(|(name, value)| format!("{name}={value}"));
    let all = stated.chain(more).collect::<Vec<_>>().join("&");
    if all.is_empty() { all } else { format!("?{all}") }
}

/// The path with its parameters replaced; each is told what stands before it.
fn fill(path: &str, id: impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    for part in path.split_inclusive('/') {
        if part.starts_with('{') {
            let id = id(&filled);
            filled.push_str(&id);
            filled.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
        } else {
            filled.push_str(part);
        }
    }
    filled
}

fn bytes(body: &Value) -> Vec<u8> {
    if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }
}
