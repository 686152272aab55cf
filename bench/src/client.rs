//! HTTP to the shop over connections that stay open. Requests are built beforehand, answers are barely looked at:
//! the load must not compete with what it measures.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

pub(crate) type Prepared = Request<Full<Bytes>>;

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Connection { sender })
    }

    pub(crate) async fn send(&mut self, request: Prepared) -> Result<Answer> {
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// Sends and expects success, with JSON in it.
    pub(crate) async fn json(&mut self, request: Prepared) -> Result<Value> {
        let path = request.uri().path().to_owned();
        let answer = self.send(request).await?;
        if !answer.status.is_success() {
            bail!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        serde_json::from_slice(&answer.body).with_context(|| format!("{path} did not answer in JSON"))
    }
}

pub(crate) fn get(path: &str) -> Result<Prepared> {
    Ok(Request::get(path).header(HOST, "localhost").body(Full::default())?)
}

/// A request that changes something, with its Idempotency-Key.
pub(crate) fn change(method: Method, path: &str, key: &str, body: &Value) -> Result<Prepared> {
    Ok(Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, "localhost")
        .header(CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Full::from(body.to_string()))?)
}
