//! A connection with its one channel, and everything declared on it.
//!
//! Each worker has its own. When anything goes wrong it is given up and a new one made: so there is one way to
//! recover, the same at the start, after a restart of the broker and after a fault of the network.

use std::time::Duration;

use futures::FutureExt;
use lapin::uri::AMQPAuthority;
use lapin::{Channel, Connection, ConnectionProperties};
use souk_rpc::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{RabbitMq, failed, too_slow, topology};

const KNOCK_TIME_MAX: Duration = Duration::from_secs(2);
/// A broker that has just come back takes a while for its queues.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
const CLOSE_TIME_MAX: Duration = Duration::from_secs(1);

pub(super) struct Link {
    connection: Connection,
    pub(super) channel: Channel,
    worker: String,
}

impl Link {
    /// `worker` is the connection's name at the broker and the label of its metric.
    pub(super) async fn open(rabbit: &RabbitMq, worker: &str) -> Result<Link, Error> {
        let knocked = timeout(KNOCK_TIME_MAX, knock(&rabbit.uri.authority)).await;
        let knocked = knocked.map_err(|_| too_slow("answer", KNOCK_TIME_MAX))?;
        knocked.map_err(|error| Error::unavailable(format!("RabbitMQ: {error}")))?;
        let link = timeout(CONNECT_TIME_MAX, Link::connect(rabbit, worker)).await;
        let link = link.map_err(|_| too_slow("take a connection", CONNECT_TIME_MAX))?.map_err(failed)?;
        metrics::gauge!("souk_broker_connected", "worker" => link.worker.clone()).set(1.0);
        tracing::info!(worker, "connected to RabbitMQ");
        Ok(link)
    }

    async fn connect(rabbit: &RabbitMq, worker: &str) -> lapin::Result<Link> {
        let properties =
            ConnectionProperties::default().with_connection_name(format!("souk {worker}").into());
        let connection = Connection::connect_uri(rabbit.uri.clone(), properties).await?;
        let channel = connection.create_channel().await?;
        topology::declare(&channel, rabbit).await?;
        Ok(Link { connection, channel, worker: worker.to_owned() })
    }

    /// Says goodbye, so that the broker gives to others at once what was not acknowledged here.
    pub(super) async fn close(&self) {
        if self.connection.status().connected() {
            // A broker that does not answer this finds out by itself.
            let _ = timeout(CLOSE_TIME_MAX, self.connection.close(200, "done".into())).await;
        }
    }
}

impl Drop for Link {
    /// Asks for the close of the connection before anything else of it is dropped. A consumer that is dropped first
    /// is canceled first, and then the broker would give later messages to somebody else while the earlier ones,
    /// not acknowledged, still count as ours: they would come last.
    fn drop(&mut self) {
        metrics::gauge!("souk_broker_connected", "worker" => self.worker.clone()).set(0.0);
        if self.connection.status().connected() {
            let _ = self.connection.close(200, "dropped".into()).now_or_never();
        }
    }
}

/// Whether somebody speaks AMQP there. The kernel accepts connections for a process that is stopped or hangs, and
/// the client would keep a thread for every attempt to shake hands with it, for as long as it hangs.
async fn knock(authority: &AMQPAuthority) -> std::io::Result<()> {
    let host = authority.host.trim_start_matches('[').trim_end_matches(']');
    let mut stream = TcpStream::connect((host, authority.port)).await?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
    // The first octet of the broker's greeting.
    stream.read_u8().await.map(drop)
}
