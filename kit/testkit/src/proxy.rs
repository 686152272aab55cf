//! A TCP proxy that misbehaves on demand: between a shop and what it depends on, so that the dependency is down, stalled
//! or slow for this shop and well for everybody else.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::server::free_port;

/// What is wrong with the way to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens, and connections that were there are cut.
    Down,
    /// Connections stay and new ones are taken, but no byte arrives, in either direction. When it is over they all do,
    /// as with a process that was stopped and goes on.
    Stalled,
    /// Each answer arrives that much later.
    Slow(Duration),
}

/// Chunks that may be on their way in one direction of a connection.
const UNDER_WAY_MAX: usize = 256;
const CHUNK_BYTES: usize = 64 << 10;

/// Faults by the name that a connection's name must end with; the empty name stands for all of them.
type Faults = BTreeMap<String, Fault>;

/// Listens for as long as it lives.
pub struct FaultProxy {
    address: SocketAddr,
    server: SocketAddr,
    faults: watch::Sender<Faults>,
    serving: JoinHandle<()>,
}

impl FaultProxy {
    /// In front of `server`, on an address of its own. Needs a tokio runtime.
    pub async fn before(server: SocketAddr) -> Result<FaultProxy> {
        FaultProxy::start(server, false).await
    }

    /// In front of a PostgreSQL server, whose databases can be away one by one.
    pub async fn before_postgres(server: SocketAddr) -> Result<FaultProxy> {
        FaultProxy::start(server, true).await
    }

    async fn start(server: SocketAddr, named: bool) -> Result<FaultProxy> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let (faults, seen) = watch::channel(Faults::new());
        let listener = TcpListener::bind(address).await.context("the proxy's port")?;
        let serving = tokio::spawn(serve(listener, address, server, named, seen));
        Ok(FaultProxy { address, server, faults, serving })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whom it stands in front of.
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// From now on this is wrong, or nothing.
    pub fn set(&self, fault: Option<Fault>) {
        self.set_database("", fault);
    }

    /// Likewise for the databases whose name ends so.
    pub fn set_database(&self, ending: &str, fault: Option<Fault>) {
        self.faults.send_modify(|faults| {
            match fault {
                Some(fault) => faults.insert(ending.to_owned(), fault),
                None => faults.remove(ending),
            };
        });
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn fault_of(faults: &Faults, name: &str) -> Option<Fault> {
    faults.iter().find(|(ending, _)| name.ends_with(ending.as_str())).map(|(_, fault)| *fault)
}

fn is_down(faults: &Faults, name: &str) -> bool {
    fault_of(faults, name) == Some(Fault::Down)
}

async fn serve(
    first: TcpListener,
    address: SocketAddr,
    server: SocketAddr,
    named: bool,
    mut faults: watch::Receiver<Faults>,
) {
    let mut listener = Some(first);
    loop {
        if is_down(&faults.borrow_and_update(), "") {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = faults.changed() => if changed.is_err() { return },
            accepted = accepted => if let Ok((client, _)) = accepted {
                tokio::spawn(connect(client, server, named, faults.clone()));
            },
        }
    }
}

/// Both directions of one connection, until either ends or the server is down.
async fn connect(
    mut client: TcpStream,
    server: SocketAddr,
    named: bool,
    mut faults: watch::Receiver<Faults>,
) -> io::Result<()> {
    let greeting = if named { startup_packet(&mut client).await? } else { Vec::new() };
    let name = database(&greeting);
    if is_down(&faults.borrow_and_update(), &name) {
        return client.set_zero_linger();
    }
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    wait_while_stalled(&mut faults.clone(), &name).await;
    server.write_all(&greeting).await?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let requests = carry(from_client, to_server, faults.clone(), &name, false);
    let answers = carry(from_server, to_client, faults.clone(), &name, true);
    tokio::select! {
        _ = async { tokio::join!(requests, answers) } => {}
        _ = faults.wait_for(|faults| is_down(faults, &name)) => {}
    }
    Ok(())
}

/// One direction: what is read waits until its time has come.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    faults: watch::Receiver<Faults>,
    name: &str,
    is_answer: bool,
) -> io::Result<()> {
    let (sender, mut waiting) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY_MAX);
    let mut seen = faults.clone();
    let read = async {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = from.read(&mut chunk).await?;
            if length == 0 {
                break;
            }
            let late = match fault_of(&faults.borrow(), name) {
                Some(Fault::Slow(late)) if is_answer => late,
                _ => Duration::ZERO,
            };
            if sender.send((Instant::now() + late, chunk[..length].to_vec())).await.is_err() {
                break;
            }
        }
        drop(sender);
        io::Result::Ok(())
    };
    let write = async {
        while let Some((due, chunk)) = waiting.recv().await {
            tokio::time::sleep_until(due).await;
            wait_while_stalled(&mut seen, name).await;
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write).map(|_| ())
}

async fn wait_while_stalled(faults: &mut watch::Receiver<Faults>, name: &str) {
    // The proxy is gone when this fails, and then nothing waits any more.
    let _ = faults.wait_for(|faults| fault_of(faults, name) != Some(Fault::Stalled)).await;
}

/// What a client of PostgreSQL says first: its length, then names and values.
async fn startup_packet(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    const LENGTH_MAX: usize = 10_000;
    let mut length = [0; 4];
    client.read_exact(&mut length).await?;
    let whole = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if !(4..=LENGTH_MAX).contains(&whole) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut packet = vec![0; whole];
    packet[..4].copy_from_slice(&length);
    client.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

/// The database that a start-up packet asks for; empty when it asks for none, as a request to cancel does.
fn database(packet: &[u8]) -> String {
    let mut words = packet.get(8..).unwrap_or_default().split(|byte| *byte == 0);
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        if name == b"database" {
            return String::from_utf8_lossy(value).into_owned();
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every byte with itself.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mut from, mut to) = stream.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        address
    }

    async fn ask(stream: &mut TcpStream) -> io::Result<Duration> {
        let begun = Instant::now();
        stream.write_all(b"?").await?;
        let mut answer = [0];
        stream.read_exact(&mut answer).await?;
        Ok(begun.elapsed())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_is_slow_stalled_down_and_back_as_told() {
        let proxy = FaultProxy::before(echo().await).await.expect("a proxy");
        let mut stream = TcpStream::connect(proxy.address()).await.expect("somebody listens");
        assert!(ask(&mut stream).await.expect("an answer") < Duration::from_millis(200));
        proxy.set(Some(Fault::Slow(Duration::from_millis(300))));
        assert!(ask(&mut stream).await.expect("an answer") >= Duration::from_millis(300));

        proxy.set(Some(Fault::Stalled));
        let silence = tokio::time::timeout(Duration::from_millis(300), ask(&mut stream)).await;
        assert!(silence.is_err(), "nobody answers");
        proxy.set(None);
        let mut late = [0];
        stream.read_exact(&mut late).await.expect("what was asked meanwhile is answered afterwards");

        proxy.set(Some(Fault::Down));
        assert!(ask(&mut stream).await.is_err(), "the connection is cut");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(TcpStream::connect(proxy.address()).await.is_err(), "nobody listens");
        proxy.set(None);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut stream = TcpStream::connect(proxy.address()).await.expect("it is back");
        ask(&mut stream).await.expect("an answer");
    }

    #[test]
    fn the_database_is_found_in_the_start_up_packet() {
        let packet = b"\0\0\0\x2c\0\x03\0\0user\0postgres\0database\0t1x0xorder\0\0";
        assert_eq!(database(packet), "t1x0xorder");
        assert_eq!(database(b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x01\0\0\0\x02"), "", "a request to cancel");
    }

    #[test]
    fn one_database_can_be_away_alone() {
        let faults = Faults::from([("xorder".to_owned(), Fault::Stalled)]);
        assert_eq!(fault_of(&faults, "t1x0xorder"), Some(Fault::Stalled));
        assert_eq!(fault_of(&faults, "t1x0xuser"), None);
        assert_eq!(fault_of(&Faults::from([(String::new(), Fault::Down)]), "whatever"), Some(Fault::Down));
    }
}
