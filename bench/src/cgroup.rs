//! A share of the processors for a few processes, given by the kernel: cgroup v2, or the controller `cpu` of v1.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How long the kernel may take to let go of the dead.
const EMPTY_WITHIN: Duration = Duration::from_secs(5);

/// Gone when dropped, its processes having ended.
pub(crate) struct Cgroup(PathBuf);

impl Cgroup {
    /// Its processes get `quota` of every `period`, together.
    pub(crate) fn make(name: &str, quota: Duration, period: Duration) -> Result<Cgroup> {
        let (quota, period) = (quota.as_micros(), period.as_micros());
        let name = format!("souk-bench-{}-{name}", std::process::id());
        if let Some(root) = v1() {
            let group = Cgroup::create(root.join(name))?;
            group.write("cpu.cfs_period_us", &period.to_string())?;
            group.write("cpu.cfs_quota_us", &quota.to_string())?;
            return Ok(group);
        }
        let root = Path::new("/sys/fs/cgroup");
        // Fails where it is on already and may not be changed; what counts is whether the limit can be set.
        let _ = fs::write(root.join("cgroup.subtree_control"), "+cpu");
        let group = Cgroup::create(root.join(name))?;
        group.write("cpu.max", &format!("{quota} {period}"))?;
        Ok(group)
    }

    fn create(path: PathBuf) -> Result<Cgroup> {
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Cgroup(path))
    }

    /// Takes a process in, with all its threads.
    pub(crate) fn take(&self, pid: u32) -> Result<()> {
        self.write("cgroup.procs", &pid.to_string())
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.0.join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let begun = std::time::Instant::now();
        while fs::remove_dir(&self.0).is_err() && begun.elapsed() < EMPTY_WITHIN {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Where the controller `cpu` of version 1 is, if that is what the machine has.
fn v1() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    mounts.lines().find_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (place, kind, options) = (words.next()?, words.next()?, words.next()?);
        (kind == "cgroup" && options.split(',').any(|option| option == "cpu")).then(|| PathBuf::from(place))
    })
}
