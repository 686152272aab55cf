//! Who is asking: finds the session or key behind a request, and turns away who may not come in here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use souk_cache::{Cache, Cached, Capacity};
use souk_contract::user::{Authenticate, Principal, User};
use souk_rpc::{Caller, Context, Error, ErrorKind};
use souk_types::Clock;

use crate::config::Cors;
use crate::visit::Visit;

/// How many sign-ins are remembered.
const KNOWN_MAX: u64 = 20_000;
/// No answer of the user service is believed for longer, whatever it says.
const BELIEVED_MAX: Duration = Duration::from_secs(300);
/// How long the user service has to say again who somebody is whom we knew a moment ago; a healthy one takes
/// milliseconds.
const ASKED_AGAIN_FOR: Duration = Duration::from_millis(500);
/// How long it is then left alone about them, if it did not.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(1);
/// Longer ones are nobody's.
const TOKEN_BYTES_MAX: usize = 512;

/// The cookie over HTTPS: the prefix makes browsers refuse one that a sister domain has planted.
pub(crate) const COOKIE: &str = "__Host-souk_session";
/// The cookie over plain HTTP on a developer's machine.
pub(crate) const LOOPBACK_COOKIE: &str = "souk_session";

/// What a request brought to prove who sent it.
pub(crate) struct Credential {
    pub(crate) token: String,
    /// A browser adds cookies by itself, a header is somebody's intent.
    pub(crate) by_cookie: bool,
}

impl Credential {
    /// A header wins over a cookie. An `Authorization` that we cannot read is refused rather than ignored.
    pub(crate) fn find(headers: &HeaderMap, plain_loopback: bool) -> Result<Option<Credential>, Error> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let bearer = value.to_str().ok().and_then(|text| text.split_once(' '));
            let (_, token) =
                bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or_else(refused)?;
            return Ok(Some(Credential { token: token.trim().to_owned(), by_cookie: false }));
        }
        let token = cookie(headers, COOKIE)
            .or_else(|| cookie(headers, LOOPBACK_COOKIE).filter(|_| plain_loopback))
            .filter(|token| !token.is_empty());
        Ok(token.map(|token| Credential { token: token.to_owned(), by_cookie: true }))
    }
}

/// The value of a cookie, if it is there.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn refused() -> Error {
    Error { detail: "this token or key is not, or no longer, valid".to_owned(), ..Error::unauthenticated() }
}

/// Answers of the user service, remembered for as long as it allows. Gateways tell each other through Redis which
/// to forget; who somebody is never stands there, or writing to Redis would make anybody staff.
pub(crate) struct Doorkeeper {
    user: Arc<dyn User>,
    clock: Clock,
    known: Cached<[u8; 32], Arc<Principal>>,
}

impl Doorkeeper {
    pub(crate) fn new(user: Arc<dyn User>, clock: Clock, cache: &Cache) -> Doorkeeper {
        let known = Cached::told(cache, "gateway.principal", Capacity::Entries(KNOWN_MAX), BELIEVED_MAX);
        Doorkeeper { user, clock, known }
    }

    /// Puts the caller into `cx`. An invalid cookie makes a guest, and `visit` remembers to clear it;
    /// an invalid bearer is refused, since whoever sends one means to be somebody.
    pub(crate) async fn identify(
        &self,
        visit: &mut Visit<'_>,
        cx: &mut Context,
        credential: &Credential,
    ) -> Result<(), Error> {
        match self.who(cx, &credential.token).await {
            Ok(Caller::Guest | Caller::System) if credential.by_cookie => visit.clear_cookie = true,
            Ok(Caller::Guest | Caller::System) => return Err(refused()),
            Ok(caller) => cx.caller = caller,
            // The catalog is the same for everybody: it stays open while nobody can say who is who.
            Err(error) if error.is_transient() && visit.route.is_catalog() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Looks again after Redis has answered for this request. Whatever another gateway revoked before its own client
    /// was told so has been heard by then, since Redis says things in the order in which they happened.
    pub(crate) async fn confirm(
        &self,
        visit: &mut Visit<'_>,
        cx: &mut Context,
        credential: &Credential,
    ) -> Result<(), Error> {
        if !self.known.is_told() || self.known.get(&digest(&credential.token)).await.is_some() {
            return Ok(());
        }
        cx.caller = Caller::Guest;
        self.identify(visit, cx, credential).await
    }

    /// Who is behind a token.
    pub(crate) async fn who(&self, cx: &Context, token: &str) -> Result<Caller, Error> {
        if token.len() > TOKEN_BYTES_MAX {
            return Ok(Caller::Guest);
        }
        let key = digest(token);
        if let Some(known) = self.known.get(&key).await {
            if self.is_believed(&known) {
                return Ok(known.caller.clone());
            }
            let renew = async |known: Arc<Principal>| self.ask_again(cx, token, &known).await;
            if let Some(known) = self.known.renew_with(&key, |known| self.is_believed(known), renew).await? {
                return Ok(known.caller.clone());
            }
        }
        let ask = self.ask(cx, token);
        Ok(self.known.try_get_with(&key, ask).await?.caller.clone())
    }

    fn is_believed(&self, known: &Principal) -> bool {
        self.clock.now() < known.believe_until
    }

    async fn ask(&self, cx: &Context, token: &str) -> Result<Arc<Principal>, Error> {
        let principal = self.user.authenticate(cx, Authenticate { token: token.to_owned() }).await?;
        Ok(Arc::new(principal))
    }

    /// If no answer comes, the last one stands in for it, for as long as the user service has allowed. `None` if it may
    /// not: then we have to wait for one.
    async fn ask_again(
        &self,
        cx: &Context,
        token: &str,
        known: &Principal,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let Some(stale_until) = known.stale_until.filter(|until| self.clock.now() < *until) else {
            return Ok(None);
        };
        let deadline = Instant::now() + cx.time_left(ASKED_AGAIN_FOR);
        match self.ask(&Context { deadline: Some(deadline), ..cx.clone() }, token).await {
            Err(error) if error.is_transient() => {
                metrics::counter!("souk_gateway_stale_principals_total").increment(1);
                let believe_until = self.clock.now().plus(LEFT_ALONE_FOR).min(stale_until);
                Ok(Some(Arc::new(Principal { believe_until, ..known.clone() })))
            }
            answer => answer.map(Some),
        }
    }

    /// Forgets one token: its session has ended.
    pub(crate) async fn forget(&self, token: &str) {
        self.known.invalidate(&digest(token)).await;
    }

    /// Forgets everybody: sessions that we cannot name have ended. Each is asked for once more.
    pub(crate) async fn forget_all(&self) {
        self.known.clear().await;
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Turns away changes that some other page made a browser send, and everybody but staff and keys from `/v1/admin`.
pub(crate) fn admit(
    visit: &Visit<'_>,
    cx: &Context,
    cors: &Cors,
    credential: Option<&Credential>,
    headers: &HeaderMap,
) -> Result<(), Error> {
    let by_cookie = credential.is_some_and(|credential| credential.by_cookie) && cx.caller != Caller::Guest;
    if visit.route.mutation && by_cookie && !cors.is_same_site(headers) {
        let detail = "a change with a session cookie must come from a page of the shop";
        return Err(Error::new(ErrorKind::Forbidden, "cross_site_request", detail));
    }
    if !visit.route.staff_only {
        return Ok(());
    }
    match cx.caller {
        Caller::Staff { .. } | Caller::ApiKey { .. } => Ok(()),
        Caller::Guest | Caller::System => Err(Error::unauthenticated()),
        Caller::Customer { .. } => Err(Error::forbidden("this part of the shop is for its staff")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().expect("a name"), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_bearer_wins_over_a_cookie() {
        let both = headers(&[("cookie", "a=b; __Host-souk_session=c1"), ("authorization", "bearer t1")]);
        let found = Credential::find(&both, false).expect("readable").expect("there");
        assert_eq!((found.token.as_str(), found.by_cookie), ("t1", false));
    }

    #[test]
    fn the_plain_cookie_counts_on_loopback_only() {
        let plain = headers(&[("cookie", "x=y;souk_session=c2")]);
        assert!(Credential::find(&plain, false).expect("readable").is_none());
        let found = Credential::find(&plain, true).expect("readable").expect("there");
        assert_eq!((found.token.as_str(), found.by_cookie), ("c2", true));
    }

    #[test]
    fn an_authorization_of_another_kind_is_refused() {
        assert!(Credential::find(&headers(&[("authorization", "Basic YTpi")]), false).is_err());
        assert!(Credential::find(&headers(&[("authorization", "Bearer")]), false).is_err());
    }
}
