//! Parts of the API description that every operation shares.

use std::collections::BTreeMap;

use souk_rpc::Problem;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, ToSchema};

/// What any operation may answer instead: `responses((status = 200, …), Problems)`.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |description: &str| {
            let schema = Ref::from_schema_name(Problem::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response = ResponseBuilder::new().description(description);
            RefOr::T(response.content("application/problem+json", content).build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), problem("Refused; `code` says why, `errors` which fields.")),
            (
                "5XX".to_owned(),
                problem("Our fault, or a part is down for now; `Retry-After` says when to try again."),
            ),
        ])
    }
}

/// The optional header of every mutation: `params(IdempotencyParam)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyParam {
    /// A new UUID for each new request. Sent again with the same request, it takes effect once and gets the same reply.
    #[param(
        rename = "Idempotency-Key",
        min_length = 16,
        max_length = 255,
        pattern = "^[!-~]+$",
        nullable = false,
        example = "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e"
    )]
    pub idempotency_key: Option<String>,
}

/// The same header where it is required.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyRequired {
    /// A new UUID for each new attempt.
    #[param(
        rename = "Idempotency-Key",
        min_length = 16,
        max_length = 255,
        pattern = "^[!-~]+$",
        example = "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e"
    )]
    pub idempotency_key: String,
}
