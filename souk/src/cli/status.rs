//! `souk status`: every replica of every role in a table, and exit code 1 when one of them is not well.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::vitals::{self, Replica, State};
use crate::wiring::World;

#[derive(Args)]
pub(crate) struct Status {
    /// Print what the replicas said as JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Only the processes of this data folder: how a container asks after itself.
    #[arg(long)]
    here: bool,
}

const HEADINGS: [&str; 10] =
    ["ROLE", "REPLICA", "STATE", "VERSION", "UPTIME", "DATABASE", "QUEUE", "OUTBOX", "LAG", "DEAD"];
/// From here on columns hold numbers.
const NUMBERS_FROM: usize = 6;

impl Status {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let replicas =
            vitals::ask(&world, if self.here { vitals::here(&world) } else { vitals::everybody(&world) })
                .await;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&replicas)?);
        } else {
            print!("{}", table(&replicas));
        }
        // Who starts containers anew must not do so because a cache is away.
        let worst = if self.here { State::Degraded } else { State::Up };
        let well = !replicas.is_empty() && replicas.iter().all(|replica| replica.state <= worst);
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn table(replicas: &[Replica]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(replicas.iter().map(row));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < NUMBERS_FROM { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text.push_str(&remarks(replicas));
    text
}

fn row(replica: &Replica) -> [String; HEADINGS.len()] {
    let nothing = || "-".to_owned();
    let vitals = replica.vitals.as_ref();
    let state = match replica.state {
        State::Up => "up",
        State::Degraded => "DEGRADED",
        State::Unwell => "UNWELL",
        State::Down => "DOWN",
    };
    let database = replica.database();
    let number = |pick: fn(&vitals::DatabaseSigns) -> u64| {
        database.filter(|database| database.error.is_none()).map_or_else(nothing, |d| pick(d).to_string())
    };
    [
        replica.role.to_string(),
        replica.url.clone(),
        state.to_owned(),
        vitals.map_or_else(nothing, |vitals| vitals.version.clone()),
        vitals.map_or_else(nothing, |vitals| uptime(vitals.uptime_s)),
        database.map_or_else(nothing, |database| format!("{} {} µs", database.engine, database.answer_us)),
        number(|database| database.pending),
        number(|database| database.unsent),
        database.map_or_else(nothing, |database| format!("{} ms", database.unsent_ms)),
        number(|database| database.dead_letters),
    ]
}

/// What does not fit into the table: reasons, what the processes stand on, dead letters.
fn remarks(replicas: &[Replica]) -> String {
    let mut text = String::new();
    for replica in replicas {
        if let Some(error) = &replica.error {
            text.push_str(&format!("{} at {}: {error}\n", replica.role, replica.url));
        }
    }
    let mut parts: Vec<String> = replicas
        .iter()
        .flat_map(|replica| replica.vitals.iter().flat_map(|vitals| &vitals.parts))
        .map(|part| format!("{} {}", part.name, part.kind))
        .collect();
    parts.sort_unstable();
    parts.dedup();
    if !parts.is_empty() {
        text.push_str(&format!("on {}\n", parts.join(", ")));
    }
    let dead: u64 = per_service(replicas).map(|database| database.dead_letters).sum();
    if dead > 0 {
        text.push_str(&format!(
            "{dead} dead letters: GET /v1/admin/dead-letters shows them, redrive or discard them\n"
        ));
    }
    let unwell = replicas.iter().filter(|replica| replica.state != State::Up).count();
    text.push_str(&format!("{} replicas, {unwell} not well\n", replicas.len()));
    text
}

/// Replicas share their service's database: each is counted once.
fn per_service(replicas: &[Replica]) -> impl Iterator<Item = &vitals::DatabaseSigns> {
    let first =
        |role| replicas.iter().filter(move |replica| replica.role == role).find_map(Replica::database);
    crate::Role::SERVICES.into_iter().filter_map(first)
}

fn uptime(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use souk_types::Timestamp;

    use super::*;
    use crate::Role;
    use crate::vitals::{DatabaseSigns, VitalSigns};

    fn replica(url: &str, dead_letters: u64) -> Replica {
        let database = DatabaseSigns {
            service: "order".to_owned(),
            engine: "postgres".to_owned(),
            answer_us: 240,
            error: None,
            pending: 3,
            pending_ms: 20,
            unsent: 1,
            unsent_ms: 12,
            dead_letters,
        };
        let vitals = VitalSigns {
            version: "1.2.3".to_owned(),
            pid: 7,
            roles: vec![Role::Order],
            started_at: Timestamp(0),
            uptime_s: 3_725,
            databases: vec![database],
            parts: Vec::new(),
        };
        Replica {
            role: Role::Order,
            url: url.to_owned(),
            state: State::Up,
            error: None,
            vitals: Some(vitals),
        }
    }

    #[test]
    fn a_database_that_two_replicas_share_is_counted_once_and_who_is_down_is_named() {
        let down = Replica {
            role: Role::Payment,
            url: "http://c".to_owned(),
            state: State::Down,
            error: Some("cannot be reached".to_owned()),
            vitals: None,
        };
        let text = table(&[replica("http://a", 2), replica("http://b", 2), down]);
        assert!(text.contains("\n2 dead letters"), "{text}");
        assert!(text.contains("payment  http://c  DOWN"), "{text}");
        assert!(text.contains("payment at http://c: cannot be reached"), "{text}");
        assert!(text.contains("1 h 2 min"), "{text}");
        assert!(text.ends_with("3 replicas, 1 not well\n"), "{text}");
    }
}
