//! What can be set about Redis. The doc comments are the manual.

use std::time::Duration;

use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use serde::Deserialize;

use crate::Redis;

/// A request must not lose more than 50 ms to Redis. It may ask at the gateway and at a service: at each the first
/// late answer costs this, and another one while that is looked into a quarter of it.
const WAIT_MS_MAX: u64 = 25;

/// `[redis]`: what the replicas of the shop's services share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]`, version 6 or newer. Empty: every process remembers and
    /// counts for itself.
    pub url: String,
    /// Stands before every key and names the channel, so that shops can share a server.
    pub prefix: String,
    /// The longest that anybody waits for one answer, in milliseconds; 25 at the most.
    pub wait_ms_max: u64,
}

impl Default for RedisConfig {
    fn default() -> RedisConfig {
        RedisConfig { url: String::new(), prefix: "souk".to_owned(), wait_ms_max: 20 }
    }
}

/// `redis.url` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("redis.url: {0}")]
pub struct BadUrl(String);

impl RedisConfig {
    /// Begins to connect, if there is a URL. Needs a tokio runtime.
    pub fn open(&self) -> Result<Option<Redis>, BadUrl> {
        if self.url.is_empty() {
            return Ok(None);
        }
        Redis::open(self).map(Some)
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms_max.clamp(1, WAIT_MS_MAX))
    }

    pub(crate) fn client(&self) -> Result<Client, BadUrl> {
        // The library's own message would say that a feature is missing, which is no help to an operator.
        if self.url.starts_with("rediss://") {
            return Err(BadUrl("TLS to Redis is not built in; use redis:// on a private network".to_owned()));
        }
        let refused = |error: redis::RedisError| BadUrl(error.to_string());
        let info: ConnectionInfo = self.url.as_str().into_connection_info().map_err(refused)?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        // With Nagle's algorithm a small command waits for the acknowledgment of the one before.
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        Client::open(info.set_redis_settings(settings).set_tcp_settings(tcp)).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_cannot_be_used_is_refused_with_the_setting_s_name() {
        for wrong in ["localhost:6379", "rediss://cache.example", "http://cache.example"] {
            let config = RedisConfig { url: wrong.to_owned(), ..RedisConfig::default() };
            let refusal = config.client().map(|_| ()).expect_err(wrong).to_string();
            assert!(refusal.starts_with("redis.url: "), "{refusal}");
        }
    }

    #[test]
    fn without_a_url_there_is_no_redis() {
        assert!(RedisConfig::default().open().expect("nothing to refuse").is_none());
    }

    #[test]
    fn nobody_can_be_made_to_wait_long() {
        let config = RedisConfig { wait_ms_max: 5_000, ..RedisConfig::default() };
        assert_eq!(config.wait(), Duration::from_millis(25));
    }
}
