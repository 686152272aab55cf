//! Where the time goes: `perf`, where the machine allows it, for a few seconds under load.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::machine::installed;

pub(crate) const SECONDS: u64 = 3;
const SHOWN: usize = 14;

/// Profiles a process while `load` runs, and says in a few lines where the time went.
pub(crate) fn of(pid: u32, what: &str, mut load: Command, dir: &Path) -> Result<String> {
    if !installed("perf") {
        return Ok(format!("no profile of {what}: perf is not installed (Debian: linux-perf)"));
    }
    let mut load = load.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let data = dir.join("perf.data");
    let recorded = Command::new("perf")
        .args(["record", "--event", "cpu-clock", "--freq", "999", "--pid", &pid.to_string(), "--output"])
        .arg(&data)
        .args(["--", "sleep", &SECONDS.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    load.wait()?;
    if !recorded.is_ok_and(|status| status.success()) {
        return Ok(format!("no profile of {what}: perf may not look at processes here"));
    }
    let report = Command::new("perf")
        .args(["report", "--stdio", "--sort", "dso,symbol", "--field-separator", "\t", "--input"])
        .arg(&data)
        .stderr(Stdio::null())
        .output()?;
    Ok(format!("where the time of {what} goes:\n{}", summary(&String::from_utf8_lossy(&report.stdout))))
}

/// Lines are `12.34%<tab>object<tab>symbol`.
fn summary(report: &str) -> String {
    let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut symbols: Vec<(u64, String)> = Vec::new();
    for line in report.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t').map(str::trim);
        let (Some(share), Some(object), Some(symbol)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        let Some(hundredths) = share.trim_end_matches('%').replace('.', "").parse::<u64>().ok() else {
            continue;
        };
        *parts.entry(object).or_default() += hundredths;
        let symbol = symbol.trim_start_matches("[k] ").trim_start_matches("[.] ");
        symbols.push((hundredths, format!("{object}: {}", symbol.chars().take(90).collect::<String>())));
    }
    let percent = |hundredths: u64| format!("{:>3}.{:02} %", hundredths / 100, hundredths % 100);
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|(_, share)| std::cmp::Reverse(*share));
    symbols.sort_by_key(|(share, _)| std::cmp::Reverse(*share));
    let parts =
        parts.into_iter().take(4).map(|(object, share)| format!("  {}  all of {object}", percent(share)));
    let symbols =
        symbols.into_iter().take(SHOWN).map(|(share, symbol)| format!("  {}  {symbol}", percent(share)));
    parts.chain(symbols).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_come_first_then_the_symbols() {
        let report =
            "# Overhead\n 40.00%\t[kernel.kallsyms]\t[k] tcp_sendmsg\n 25.50%\tsouk\t[.] hyper::poll\n";
        let text = summary(report);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "   40.00 %  all of [kernel.kallsyms]");
        assert_eq!(lines[3], "   25.50 %  souk: hyper::poll");
    }
}
