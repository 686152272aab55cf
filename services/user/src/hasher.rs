//! Passwords become Argon2id hashes on threads of their own, a few at a time and with a bounded queue.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use souk_rpc::Error;
use souk_types::Chance;
use tokio::sync::Semaphore;

use crate::config::UserConfig;
use crate::domain::{Weakness, strength};

/// When to come back after having been sent away.
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

/// Hashes and checks passwords. Memory and processor time are bounded: so many at once, so many waiting.
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    chance: Chance,
    at_once: Arc<Semaphore>,
    /// At work and waiting together.
    room: Arc<Semaphore>,
    /// Of no password at all: checking against it takes as long as against a user's.
    nobodys: Arc<str>,
}

impl Hasher {
    pub(crate) fn new(config: &UserConfig, chance: Chance) -> Hasher {
        let params = params(config);
        let at_once = match config.hashes_at_once {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        Hasher {
            nobodys: nobodys_hash(&params, &chance).into(),
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            chance,
            at_once: Arc::new(Semaphore::new(at_once)),
            room: Arc::new(Semaphore::new(at_once + config.hashes_waiting_max)),
        }
    }

    /// The hash of a password that is good enough; `about` is what is known of its owner.
    pub(crate) async fn hash_new(
        &self,
        password: String,
        about: Vec<String>,
    ) -> Result<Result<String, Weakness>, Error> {
        let (argon2, salt) = (self.argon2.clone(), self.chance.bytes::<16>());
        self.run(move || {
            let about: Vec<&str> = about.iter().map(String::as_str).collect();
            if let Err(weakness) = strength(&password, &about) {
                return Ok(Err(weakness));
            }
            hash(&argon2, &password, &salt).map(Ok)
        })
        .await
    }

    /// The hash of a password that its owner has proved to know, under today's parameters.
    pub(crate) async fn rehash(&self, password: String) -> Result<String, Error> {
        let (argon2, salt) = (self.argon2.clone(), self.chance.bytes::<16>());
        self.run(move || hash(&argon2, &password, &salt)).await
    }

    /// Whether the password is the one behind `hash`. Without a hash it is not, after the same work.
    pub(crate) async fn verify(&self, password: String, hash: Option<&str>) -> Result<bool, Error> {
        let against: Arc<str> = hash.map_or_else(|| Arc::clone(&self.nobodys), Arc::from);
        let (argon2, known) = (self.argon2.clone(), hash.is_some());
        self.run(move || match argon2.verify_password(password.as_bytes(), &*against) {
            Ok(()) => Ok(known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        })
        .await
    }

    /// Whether the hash was made with other parameters than today's.
    pub(crate) fn is_outdated(&self, hash: &str) -> bool {
        !hash.starts_with(&prefix(self.argon2.params()))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let busy = || {
            metrics::counter!("souk_password_hashes_refused_total").increment(1);
            Error::unavailable("too many passwords are being checked").with_retry_after(COME_BACK_AFTER)
        };
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        done.await.map_err(Error::internal)?
    }
}

fn hash(argon2: &Argon2<'static>, password: &str, salt: &[u8]) -> Result<String, Error> {
    let hash = argon2.hash_password_with_salt(password.as_bytes(), salt).map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn params(config: &UserConfig) -> Params {
    let UserConfig { password_memory_kib, password_iterations, password_parallelism, .. } = *config;
    Params::new(password_memory_kib, password_iterations, password_parallelism, None).unwrap_or_else(
        |error| {
            tracing::warn!(%error, "impossible password parameters, the defaults are used instead");
            Params::DEFAULT
        },
    )
}

fn prefix(params: &Params) -> String {
    format!("$argon2id$v=19$m={},t={},p={}$", params.m_cost(), params.t_cost(), params.p_cost())
}

fn nobodys_hash(params: &Params, chance: &Chance) -> String {
    let (salt, output) =
        (STANDARD_NO_PAD.encode(chance.bytes::<16>()), STANDARD_NO_PAD.encode(chance.bytes::<32>()));
    format!("{}{salt}${output}", prefix(params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> UserConfig {
        UserConfig {
            password_memory_kib: 64,
            password_iterations: 1,
            hashes_at_once: 1,
            ..UserConfig::default()
        }
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nobodys_never_is() {
        let hasher = Hasher::new(&cheap(), Chance::system());
        let hash = hasher.rehash("lantern orchid tugboat".to_owned()).await.expect("hashed");
        assert!(!hasher.is_outdated(&hash), "{hash}");
        assert!(hasher.verify("lantern orchid tugboat".to_owned(), Some(&hash)).await.expect("checked"));
        assert!(!hasher.verify("lantern orchid tugboa".to_owned(), Some(&hash)).await.expect("checked"));
        assert!(!hasher.verify("lantern orchid tugboat".to_owned(), None).await.expect("checked"));
    }

    #[tokio::test]
    async fn other_parameters_make_a_hash_outdated() {
        let hash = Hasher::new(&cheap(), Chance::system()).rehash("x".to_owned()).await.expect("hashed");
        assert!(Hasher::new(&UserConfig::default(), Chance::system()).is_outdated(&hash));
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_when_to_come_back() {
        let config = UserConfig { hashes_waiting_max: 0, ..cheap() };
        let hasher = Hasher::new(&config, Chance::system());
        let _at_work = Arc::clone(&hasher.room).try_acquire_owned().expect("room for one");
        let error = hasher.verify("x".to_owned(), None).await.expect_err("no room");
        assert_eq!(error.code, "unavailable");
        assert_eq!(error.retry_after_ms, Some(2000));
    }
}
