//! `souk doctor`: looks for what keeps a shop from running well here, and says what to do about it.

use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use souk_contract::Done;
use souk_rpc::{Context, Remote, RemoteConfig};

use crate::wiring::World;
use crate::{Role, wiring};

/// How many times the disk is asked to keep a page.
const SYNCS: u32 = 50;

pub(crate) async fn run(world: World) -> Result<ExitCode> {
    let mut trouble = false;
    let mut tell = |good: bool, what: String| {
        trouble |= !good;
        println!("{} {what}", if good { "ok  " } else { "BAD " });
    };
    tell(true, format!("configuration and data folder {}", world.data.path().display()));
    match sync_time(&world) {
        Ok(time) => {
            let per_second = 1_000_000 / time.as_micros().max(1);
            let what =
                format!("the disk keeps a page in {time:.1?}: about {per_second} durable commits a second");
            tell(time < Duration::from_millis(50), what);
        }
        Err(error) => tell(false, format!("the data folder cannot be written: {error}")),
    }
    if let Some(redis) = world.config.redis.open()? {
        let answers = redis.comes_up(Duration::from_secs(2)).await;
        let what =
            if answers { "answers" } else { "does not answer; the shop works without it, more slowly" };
        tell(answers, format!("redis: {what}"));
    }
    let running = world.data.running();
    for process in &running {
        for (role, url) in &process.internal {
            let answer = ping(&world, *role, url).await;
            tell(answer.is_ok(), format!("{role} (process {}) at {url}: {}", process.pid, said(&answer)));
        }
    }
    if running.is_empty() {
        let listen = world.config.shop.listen;
        let free = TcpListener::bind(listen);
        tell(
            free.is_ok(),
            format!("the public address {listen} is {}", if free.is_ok() { "free" } else { "taken" }),
        );
        for role in Role::SERVICES {
            let opened = wiring::open_db(&world, role).await;
            tell(opened.is_ok(), format!("database of {role}: {}", said(&opened)));
            if let Ok(db) = opened {
                db.close().await;
            }
        }
    }
    Ok(if trouble { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn said<T, E: std::fmt::Display>(outcome: &Result<T, E>) -> String {
    match outcome {
        Ok(_) => "answers".to_owned(),
        Err(error) => format!("{error:#}"),
    }
}

async fn ping(world: &World, role: Role, url: &str) -> Result<Done, souk_rpc::Error> {
    let config = RemoteConfig { timeout: Duration::from_secs(2), ..RemoteConfig::default() };
    let remote = Remote::http(url, world.secret.clone(), config)?;
    let path = match role {
        // These two have no contract; the letters of any process answer for it.
        Role::Notification | Role::Gateway => return letters(&remote).await,
        role => format!("/rpc/{role}/ping"),
    };
    remote.call(&Context::system("doctor"), &path, &Done {}).await
}

async fn letters(remote: &Remote) -> Result<Done, souk_rpc::Error> {
    use crate::letters::{Letters, ListLetters};
    let request = ListLetters { service: "notification".to_owned(), after: None, limit: 1 };
    match remote.list(&Context::system("doctor"), request).await {
        Ok(_) => Ok(Done {}),
        // It answered: it just keeps no letters of that service.
        Err(error) if !error.is_transient() => Ok(Done {}),
        Err(error) => Err(error),
    }
}

/// The median time of writing a page durably.
fn sync_time(world: &World) -> Result<Duration> {
    let path = world.data.path().join("doctor.tmp");
    let mut file = std::fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    times.sort();
    Ok(times[times.len() / 2])
}
