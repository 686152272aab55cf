//! A caller cannot tell an object from a router from a socket.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use serde::{Deserialize, Serialize};
use souk_rpc::{
    Caller, Context, Contract, Error, ErrorKind, InternalSecret, Remote, RemoteConfig, believe_context,
};

#[derive(Serialize, Deserialize)]
pub struct Greet {
    name: String,
}

souk_rpc::contract! {
    /// Says hello, unless it is to nobody.
    pub trait Greeter = "greeter" {
        greet(Greet) -> String;
    }
}

struct Local;

#[async_trait::async_trait]
impl Greeter for Local {
    async fn greet(&self, cx: &Context, request: Greet) -> Result<String, Error> {
        if request.name.is_empty() {
            return Err(Error::invalid("name", "required", "say whom to greet"));
        }
        Ok(format!("{} greets {} by {}", cx.actor(), request.name, cx.request_id))
    }
}

fn internal_router() -> axum::Router {
    let service: Arc<dyn Greeter> = Arc::new(Local);
    <dyn Greeter as Contract>::routes(service).layer(from_fn_with_state(secret(), believe_context))
}

fn secret() -> InternalSecret {
    InternalSecret::new("between us")
}

async fn listen() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, internal_router()).await });
    format!("http://{address}")
}

#[tokio::test]
async fn every_transport_carries_context_reply_and_error_whole() {
    let socket = Remote::http(&listen().await, secret(), RemoteConfig::default()).expect("a URL");
    let transports: Vec<Arc<dyn Greeter>> =
        vec![Arc::new(Local), Arc::new(Remote::in_memory(internal_router(), secret())), Arc::new(socket)];
    for greeter in transports {
        let cx = Context { caller: Caller::System, ..Context::guest("req-1") };
        let reply = greeter.greet(&cx, Greet { name: "Ada".into() }).await;
        assert_eq!(reply, Ok("system greets Ada by req-1".to_owned()));
        let refused = greeter.greet(&cx, Greet { name: String::new() }).await.expect_err("nobody is refused");
        assert_eq!(refused, Error::invalid("name", "required", "say whom to greet"));
    }
}

#[tokio::test]
async fn an_internal_listener_refuses_whoever_lacks_the_secret() {
    let stranger = Remote::in_memory(internal_router(), InternalSecret::new("a guess"));
    let refused = stranger.greet(&Context::guest("req-2"), Greet { name: "Ada".into() }).await;
    assert_eq!(refused.expect_err("refused").kind, ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_peer_that_is_down_is_unavailable_and_not_an_internal_error() {
    let gone = listen().await.replace("127.0.0.1", "127.0.0.2");
    let remote = Remote::http(&gone, secret(), RemoteConfig::default()).expect("a URL");
    let outcome = remote.greet(&Context::guest("req-3"), Greet { name: "Ada".into() }).await;
    assert_eq!(outcome.expect_err("nobody there").kind, ErrorKind::Unavailable);
}
