//! The listener drains, and does not wait for those who say nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use souk_app::serve::{Limits, Linger, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n";

struct Door {
    address: SocketAddr,
    close: CancellationToken,
    begun: Arc<Notify>,
    answer: Arc<Notify>,
    served: JoinHandle<()>,
}

async fn open(limits: Limits) -> Door {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let (begun, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, answer) = (Arc::clone(&begun), Arc::clone(&answer));
        move || async move {
            begun.notify_one();
            answer.notified().await;
            "sold"
        }
    };
    let router = Router::new()
        .route("/slow", get(slow))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }));
    let close = CancellationToken::new();
    let served = tokio::spawn(serve(listener, router, limits, close.clone()));
    Door { address, close, begun, answer, served }
}

impl Door {
    async fn knock(&self, said: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(said).await.expect("writes");
        stream
    }
}

/// All until the shop hangs up, within the time that a test may take.
async fn read_all(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await;
    match read.expect("the shop hangs up") {
        // A reset is a way of hanging up, too.
        Ok(_) | Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn within(header_ms: u64) -> Limits {
    Limits { header_time: Duration::from_millis(header_ms), ..Limits::default() }
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_shop_closes() {
    let door = open(Limits::default()).await;
    let stream = door.knock(REQUEST).await;
    let idle = door.knock(b"").await;
    door.begun.notified().await;
    door.close.cancel();
    // The door is shut for newcomers while the request goes on.
    while TcpStream::connect(door.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!door.served.is_finished(), "it waits for the request");
    door.answer.notify_one();
    let reply = read_all(stream).await;
    assert!(reply.starts_with("HTTP/1.1 200") && reply.ends_with("sold"), "{reply}");
    assert_eq!(read_all(idle).await, "", "nobody waits for a client that has asked nothing");
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}

#[tokio::test]
async fn the_time_to_drain_is_bounded() {
    let door = open(Limits { drain_time: Duration::from_millis(50), ..Limits::default() }).await;
    let _stream = door.knock(REQUEST).await;
    door.begun.notified().await;
    door.close.cancel();
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_headers_is_cut_off() {
    // Silent, undecided between HTTP/1 and 2, in the middle of a header, in the middle of a preface, no settings.
    let beginnings: [&[u8]; 5] = [
        b"",
        b"P",
        b"GET /slow HTTP/1.1\r\nHost: sh",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    let door = open(within(100)).await;
    for beginning in beginnings {
        let reply = read_all(door.knock(beginning).await).await;
        assert!(!reply.contains("200"), "{reply}");
    }
}

#[tokio::test]
async fn a_client_that_has_asked_is_given_all_the_time_its_answer_takes() {
    let door = open(within(50)).await;
    let stream = door.knock(REQUEST).await;
    door.begun.notified().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    door.answer.notify_one();
    assert!(read_all(stream).await.ends_with("sold"));
}

#[tokio::test]
async fn a_full_shop_still_closes() {
    let limits = Limits { connections_max: 1, drain_time: Duration::from_millis(50), ..Limits::default() };
    let door = open(limits).await;
    let _inside = door.knock(REQUEST).await;
    door.begun.notified().await;
    let _waiting = door.knock(REQUEST).await;
    door.close.cancel();
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}

#[tokio::test]
async fn handlers_know_who_asks() {
    let door = open(Limits::default()).await;
    let stream = door.knock(b"GET /peer HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").await;
    let own = stream.local_addr().expect("an address").to_string();
    assert!(read_all(stream).await.ends_with(&own));
}

const PEER: &[u8] = b"GET /peer HTTP/1.1\r\nHost: shop\r\n\r\n";

/// One answer of a connection that is kept open.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut bytes)).await;
    String::from_utf8_lossy(&bytes[..read.expect("an answer").expect("reads")]).to_lowercase()
}

#[tokio::test]
async fn a_closing_door_still_serves_and_tells_keep_alive_clients_to_go() {
    let linger = Linger::For(Duration::from_millis(400));
    let door = open(Limits { linger, ..Limits::default() }).await;
    let mut kept = door.knock(PEER).await;
    assert!(!read_answer(&mut kept).await.contains("connection: close"));
    let resting = door.knock(PEER).await;
    door.close.cancel();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let late = door.knock(PEER).await;
    assert!(read_all(late).await.to_lowercase().contains("connection: close"), "newcomers are told, too");
    kept.write_all(PEER).await.expect("writes");
    let answer = read_all(kept).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("connection: close"), "{answer}");
    assert!(!door.served.is_finished(), "it lingers");
    read_all(resting).await;
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}

#[tokio::test]
async fn whoever_was_let_in_last_is_served() {
    let linger = Linger::For(Duration::from_millis(100));
    let door = open(Limits { linger, ..Limits::default() }).await;
    door.close.cancel();
    let mut last = door.knock(b"").await;
    while TcpStream::connect(door.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    last.write_all(PEER).await.expect("writes");
    let answer = read_all(last).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("connection: close"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}

#[tokio::test]
async fn a_door_that_lingers_for_its_peers_closes_when_the_last_has_gone() {
    let linger = Linger::UntilUnused(Duration::from_secs(60));
    let door = open(Limits { linger, ..Limits::default() }).await;
    let mut kept = door.knock(PEER).await;
    read_answer(&mut kept).await;
    door.close.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!door.served.is_finished(), "somebody may still ask over the connection that rests");
    drop(kept);
    tokio::time::timeout(Duration::from_secs(5), door.served).await.expect("closes").expect("no panic");
}
