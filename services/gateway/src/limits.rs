//! How often somebody may ask, and the headers that say so (draft-ietf-httpapi-ratelimit-headers).

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use souk_limiter::{Decision, Limiter, Quota};
use souk_redis::Redis;
use souk_rpc::{Caller, Error, ErrorKind};
use souk_types::{ApiKeyId, UserId};
use tokio_util::sync::CancellationToken;

use crate::config;
use crate::routes::Class;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// One bucket for each of these.
enum Key {
    User(UserId),
    Program(ApiKeyId),
    /// An IPv6 customer has at least a /64 to pick addresses from.
    Network(u128),
}

impl Key {
    /// The same in every gateway, since they share the buckets.
    fn bytes(self) -> [u8; 17] {
        let (kind, id) = match self {
            Key::User(user) => (b'u', user.0.as_u128()),
            Key::Program(key) => (b'k', key.0.as_u128()),
            Key::Network(bits) => (b'n', bits),
        };
        let mut bytes = [kind; 17];
        bytes[1..].copy_from_slice(&id.to_be_bytes());
        bytes
    }
}

struct Rule {
    name: &'static str,
    limiter: Limiter,
    policy: HeaderValue,
}

impl Rule {
    fn new(name: &'static str, quota: Quota, redis: Option<&Redis>) -> Rule {
        let (burst, per_minute) = (u64::from(quota.burst.get()), u64::from(quota.per_minute.get()));
        let window_seconds = (burst * 60).div_ceil(per_minute);
        let policy = format!("\"{name}\";q={burst};w={window_seconds}");
        let policy = HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static(""));
        let limiter = match redis {
            Some(redis) => Limiter::redis(redis.clone(), name, quota),
            None => Limiter::memory(quota),
        };
        Rule { name, limiter, policy }
    }
}

/// What is left for this caller; the reply tells.
#[derive(Clone, Copy)]
pub(crate) struct Spent<'l> {
    rule: &'l Rule,
    decision: Decision,
}

impl Spent<'_> {
    /// 429 when there was nothing left.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.decision.allowed {
            return Ok(());
        }
        let detail = "too many requests; `Retry-After` says when to go on";
        Err(Error::new(ErrorKind::TooManyRequests, "too_many_requests", detail)
            .with_retry_after(self.decision.retry_after.max(Duration::from_secs(1))))
    }

    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Decision { remaining, reset_after, .. } = self.decision;
        let reset_seconds = reset_after.as_millis().div_ceil(1_000);
        let mut text = [0; 64];
        let mut rest = &mut text[..];
        if write!(rest, "\"{}\";r={remaining};t={reset_seconds}", self.rule.name).is_err() {
            return;
        }
        let unused = rest.len();
        if let Ok(value) = HeaderValue::from_bytes(&text[..text.len() - unused]) {
            headers.insert(RATELIMIT, value);
        }
        headers.insert(RATELIMIT_POLICY, self.rule.policy.clone());
    }
}

/// All the buckets: of this process, or of all gateways when there is a Redis.
pub(crate) struct Limits {
    reads: Rule,
    writes: Rule,
    api_keys: Rule,
    guesses: Rule,
    webhooks: Rule,
}

impl Limits {
    pub(crate) fn new(config: &config::Limits, redis: Option<&Redis>) -> Limits {
        let rule = |name, quota| Rule::new(name, quota, redis);
        Limits {
            reads: rule("reads", config.reads),
            writes: rule("writes", config.writes),
            api_keys: rule("api_keys", config.api_keys),
            guesses: rule("guesses", config.guesses),
            webhooks: rule("webhooks", config.webhooks),
        }
    }

    /// Takes one from the bucket that this request draws on.
    pub(crate) async fn take(&self, class: Class, caller: &Caller, ip: Option<IpAddr>) -> Option<Spent<'_>> {
        let (rule, key) = match (class, caller) {
            (Class::Unlimited, _) => return None,
            (Class::Guesses, _) => (&self.guesses, network(ip)),
            (Class::Webhooks, _) => (&self.webhooks, network(ip)),
            (_, Caller::ApiKey { key, .. }) => (&self.api_keys, Key::Program(*key)),
            (Class::Reads, caller) => (&self.reads, key(caller, ip)),
            (Class::Writes, caller) => (&self.writes, key(caller, ip)),
        };
        Some(Spent { rule, decision: rule.limiter.check(&key.bytes(), 1).await })
    }

    /// Forgets those who have not asked for a while, again and again until `stop`.
    pub(crate) async fn keep_small(&self, interval: Duration, stop: CancellationToken) {
        let rules = [&self.reads, &self.writes, &self.api_keys, &self.guesses, &self.webhooks];
        let all = rules.map(|rule| rule.limiter.keep_small(interval, stop.clone()));
        futures::future::join_all(all).await;
    }
}

fn key(caller: &Caller, ip: Option<IpAddr>) -> Key {
    match caller {
        Caller::Customer { user, .. } | Caller::Staff { user, .. } => Key::User(*user),
        Caller::ApiKey { key, .. } => Key::Program(*key),
        Caller::Guest | Caller::System => network(ip),
    }
}

fn network(ip: Option<IpAddr>) -> Key {
    match ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) {
        IpAddr::V4(v4) => Key::Network(v4.to_ipv6_mapped().to_bits()),
        IpAddr::V6(v6) => Key::Network(Ipv6Addr::to_bits(v6) >> 64 << 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_headers_follow_the_draft() {
        let quotas = config::Limits { reads: Quota::new(60, 10), ..Default::default() };
        let limits = Limits::new(&quotas, None);
        let spent = limits.take(Class::Reads, &Caller::Guest, None).await.expect("limited");
        let mut headers = HeaderMap::new();
        spent.tell(&mut headers);
        assert_eq!(headers[RATELIMIT], "\"reads\";r=9;t=1");
        assert_eq!(headers[RATELIMIT_POLICY], "\"reads\";q=10;w=10");
    }

    #[tokio::test]
    async fn one_household_shares_a_bucket_over_ipv6() {
        let quotas = config::Limits { guesses: Quota::new(1, 1), ..Default::default() };
        let limits = Limits::new(&quotas, None);
        let guess = async |ip: &str| {
            let spent = limits.take(Class::Guesses, &Caller::Guest, ip.parse().ok()).await;
            spent.expect("limited").check().is_ok()
        };
        assert!(guess("2001:db8::1").await);
        assert!(!guess("2001:db8::ffff").await);
        assert!(guess("2001:db8:0:1::1").await);
        assert!(guess("192.0.2.1").await);
        assert!(guess("192.0.2.2").await);
    }
}
