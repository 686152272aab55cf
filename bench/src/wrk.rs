//! `wrk`, the load for reads: one thread, connections that stay open.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;

pub(crate) struct Wrk {
    pub(crate) requests: u64,
    pub(crate) per_second: u64,
    pub(crate) p99_us: u64,
}

pub(crate) fn command(url: &str, connections: u32, seconds: u64) -> Command {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--latency", url]);
    wrk
}

/// Fails when one request was not answered well.
pub(crate) fn run(url: &str, connections: u32, seconds: u64) -> Result<Wrk> {
    let said = process::run(&mut command(url, connections, seconds))?;
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("not every request was answered well:\n{said}");
    }
    read(&said).with_context(|| format!("wrk said something else than usual:\n{said}"))
}

fn read(said: &str) -> Option<Wrk> {
    let value = |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    Some(Wrk {
        requests: said.split(" requests in ").next()?.lines().last()?.trim().parse().ok()?,
        per_second: value("Requests/sec:")?.split('.').next()?.parse().ok()?,
        p99_us: latency_us(value("99%")?)?,
    })
}

/// `1.23ms`, `456.00us` or `1.02s` in whole microseconds.
fn latency_us(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        _ => return None,
    };
    let (whole, hundredths) = number.split_once('.').unwrap_or((number, "00"));
    let hundredths: u64 = format!("{hundredths:0<2}").get(..2)?.parse().ok()?;
    Some(whole.parse::<u64>().ok()? * scale + hundredths * scale / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrk_is_understood() {
        let said = "Running 1s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  Latency Distribution\n     \
            50%  538.00us\n     99%    1.51ms\n  118341 requests in 1.00s, 166.51MB read\nRequests/sec: 118289.14\n";
        let wrk = read(said).expect("readable");
        assert_eq!((wrk.requests, wrk.per_second, wrk.p99_us), (118_341, 118_289, 1_510));
        assert_eq!(latency_us("538.00us"), Some(538));
        assert_eq!(latency_us("1.20s"), Some(1_200_000));
    }
}
