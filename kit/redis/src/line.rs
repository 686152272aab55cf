//! Keeps the connection: makes it, watches it, and makes it anew.
//!
//! A connection that does not answer is first given time, since a Redis that was stopped for a moment goes on where
//! it was and has then lost nothing. Only when it stays silent is it dropped: then it may be half dead, and what was
//! told on it is lost.

use std::pin::pin;
use std::sync::Weak;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, PushInfo, RedisResult};
use tokio::time::timeout;

use crate::handle::Shared;

/// How long making a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// The pause between two attempts doubles between these.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How often an idle connection is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long a connection that nobody uses may stay silent before nobody asks any more; and how much longer any
/// connection may before it is given up.
const SILENT_MAX: Duration = Duration::from_secs(1);
const DEAD_AFTER: Duration = Duration::from_secs(4);

/// One connection to Redis, and which one of this process it is.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) number: u64,
}

/// Runs until the last handle is gone.
pub(crate) async fn keep(shared: Weak<Shared>, client: Client) {
    let (mut pause, mut number, mut known) = (PAUSE_MIN, 0, false);
    while shared.strong_count() > 0 {
        number += 1;
        match Line::connect(&shared, &client, number).await {
            Ok(line) => {
                (pause, known) = (PAUSE_MIN, false);
                tracing::info!("redis answers");
                watch(&shared, &line).await;
                tracing::warn!("redis is lost; the shop goes on without it");
            }
            Err(error) if !known => {
                known = true;
                tracing::warn!(%error, "redis cannot be reached; the shop goes on without it");
            }
            Err(error) => tracing::debug!(%error, "redis still cannot be reached"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// Comes back when the connection is of no more use.
async fn watch(shared: &Weak<Shared>, line: &Line) {
    let Some(redis) = Shared::handle(shared) else { return };
    // What was told before the subscription is unknown: whoever remembers something must doubt it before the
    // first answer of the new connection is believed.
    redis.shared.listeners.miss();
    redis.shared.trust();
    redis.shared.reopen(line);
    redis.shared.listeners.remind(&redis);
    let (trouble, wait) = (redis.shared.trouble.clone(), redis.shared.patience());
    drop(redis);
    loop {
        // Somebody was not answered in time, which need not be Redis's fault: a ping in as short a time decides.
        let patience = tokio::select! {
            () = trouble.notified() => wait,
            () = tokio::time::sleep(HEARTBEAT) => SILENT_MAX,
        };
        let answered = line.answers(shared, patience).await;
        let Some(redis) = Shared::handle(shared) else { return };
        if !answered {
            redis.shared.shut(line.number);
            return;
        }
        redis.shared.trust();
        if !redis.shared.is_open(line.number) {
            redis.shared.reopen(line);
        }
        redis.shared.log_refusal();
        redis.shared.listeners.remind(&redis);
    }
}

impl Line {
    /// Connects and subscribes: whoever holds a line hears everything from then on.
    async fn connect(shared: &Weak<Shared>, client: &Client, number: u64) -> Result<Line, String> {
        let Some(channel) = shared.upgrade().map(|shared| shared.channel().to_owned()) else {
            return Err("nobody wants it any more".to_owned());
        };
        let hearing = shared.clone();
        let pushed = move |info: PushInfo| {
            if let Some(shared) = hearing.upgrade() {
                shared.pushed(number, info);
            }
            Ok::<_, std::convert::Infallible>(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(None)
            .set_push_sender(pushed);
        let connecting = async {
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            connection.subscribe(channel).await?;
            Ok(Line { connection, number })
        };
        let connected: Result<RedisResult<Line>, _> = timeout(CONNECT_WITHIN * 2, connecting).await;
        connected.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())
    }

    /// Whether it answers, sooner or later. When later than `patience`, nobody waits with us.
    async fn answers(&self, shared: &Weak<Shared>, patience: Duration) -> bool {
        let mut connection = self.connection.clone();
        let ping = redis::cmd("PING");
        let mut answer = pin!(ping.query_async::<()>(&mut connection));
        if let Ok(answer) = timeout(patience, &mut answer).await {
            return answer.is_ok();
        }
        if let Some(shared) = shared.upgrade() {
            shared.shut(self.number);
        }
        matches!(timeout(DEAD_AFTER, answer).await, Ok(Ok(())))
    }
}
