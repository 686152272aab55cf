//! The data folder: databases, search index, the secret between the roles, and who runs here now.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use souk_rpc::InternalSecret;
use souk_types::Chance;

use crate::Role;

const SECRET_CHARS_MIN: usize = 32;

/// A folder that holds one shop.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

/// A process of this shop that is running, as it has written itself down in `run/`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    pub pid: u32,
    pub version: String,
    /// The public address, where this process is a gateway.
    pub public: Option<String>,
    /// Role → URL of its internal listener.
    pub internal: BTreeMap<Role, String>,
}

/// The folder of a search index, this process's for as long as this lives.
#[derive(Debug, Clone)]
pub struct SearchFolder {
    pub path: PathBuf,
    _lock: Option<Arc<fs::File>>,
}

impl DataDir {
    /// Opens the folder and makes what is missing.
    pub fn open(path: &Path) -> Result<DataDir> {
        for folder in [path.to_owned(), path.join("run")] {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot make {} private", path.display()))?;
        Ok(DataDir(path.to_owned()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where this process keeps its search index. A folder serves one process: a second replica in the same data
    /// folder has one of its own, which it fills at each start and throws away.
    pub fn search_index(&self) -> Result<SearchFolder> {
        let folder = self.0.join("search");
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let path = self.0.join("search.lock");
        let lock = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.with_context(|| format!("cannot open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(SearchFolder { path: folder, _lock: Some(Arc::new(lock)) }),
            Err(_) => Ok(SearchFolder { path: self.scratch().join("search"), _lock: None }),
        }
    }

    /// A folder of this process for what is thrown away; left behind by a kill, the next start removes it.
    pub fn scratch(&self) -> PathBuf {
        self.0.join("run").join(format!("{}.scratch", std::process::id()))
    }

    /// Nothing has been sold or set up here yet.
    pub fn is_new(&self) -> bool {
        !self.0.join("product.db").exists()
    }

    /// The secret that opens the internal listeners; made on first use, readable by its owner only.
    pub fn secret(&self, chance: &Chance) -> Result<InternalSecret> {
        let path = self.0.join("internal.secret");
        let fresh: String = chance.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(fresh.as_bytes())
                    .with_context(|| format!("cannot write {}", path.display()))?;
                Ok(InternalSecret::new(fresh))
            }
            Err(_) => read_secret(&path),
        }
    }

    /// Writes down that this process runs these roles.
    pub fn announce(&self, running: &Running) -> Result<()> {
        let path = self.0.join("run").join(format!("{}.json", running.pid));
        fs::write(&path, serde_json::to_vec_pretty(running)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Strikes this process out again.
    pub fn withdraw(&self, pid: u32) {
        let _ = fs::remove_file(self.0.join("run").join(format!("{pid}.json")));
    }

    /// Where the running processes of this folder serve a role, one URL for each replica.
    pub fn running_at(&self, role: Role) -> Vec<String> {
        self.running().into_iter().filter_map(|mut process| process.internal.remove(&role)).collect()
    }

    /// The processes that are alive; notes of the dead are removed.
    pub fn running(&self) -> Vec<Running> {
        let Ok(notes) = fs::read_dir(self.0.join("run")) else { return Vec::new() };
        let mut alive = Vec::new();
        for note in notes.flatten() {
            if note.path().is_dir() {
                remove_scratch_of_the_dead(&note.path());
                continue;
            }
            let read =
                fs::read(note.path()).ok().and_then(|json| serde_json::from_slice::<Running>(&json).ok());
            match read {
                Some(running) if Path::new(&format!("/proc/{}", running.pid)).exists() => alive.push(running),
                _ => drop(fs::remove_file(note.path())),
            }
        }
        alive
    }
}

/// The secret that all processes of a shop are given, wherever their data folders are. It is never made here: two
/// machines would make two.
pub fn shared_secret(path: &Path) -> Result<InternalSecret> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the secret {}", path.display()))?;
    let secret = text.trim();
    let fit = secret.len() >= SECRET_CHARS_MIN && secret.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(fit, "{} must hold {SECRET_CHARS_MIN} or more ASCII characters without spaces", path.display());
    Ok(InternalSecret::new(secret))
}

fn remove_scratch_of_the_dead(folder: &Path) {
    let owner = folder.file_stem().and_then(|pid| pid.to_str()).unwrap_or_default();
    if !Path::new("/proc").join(owner).exists() {
        let _ = fs::remove_dir_all(folder);
    }
}

/// Another process may have created the file a moment ago and not filled it yet.
fn read_secret(path: &Path) -> Result<InternalSecret> {
    for _ in 0..50 {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        if text.trim().len() >= 64 {
            return Ok(InternalSecret::new(text.trim()));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    anyhow::bail!("{} holds no secret; remove it and start again", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        let folder = std::env::temp_dir().join(format!("souk-secret-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("secret");
        for (text, fit) in
            [("short", false), ("with spaces in between, so no one word", false), (&"x".repeat(64), true)]
        {
            fs::write(&file, format!("{text}\n")).expect("writes");
            assert_eq!(shared_secret(&file).is_ok(), fit, "{text}");
        }
        assert!(shared_secret(&folder.join("missing")).is_err(), "it is never made up");
        fs::remove_dir_all(folder).expect("an end");
    }

    #[test]
    fn two_processes_in_one_folder_have_a_search_index_each() {
        let folder = std::env::temp_dir().join(format!("souk-search-{}", std::process::id()));
        let data = DataDir::open(&folder).expect("a folder");
        let first = data.search_index().expect("the first");
        let second = data.search_index().expect("the second");
        assert_ne!(first.path, second.path);
        drop(first);
        assert_eq!(data.search_index().expect("the next").path, folder.join("search"));
        fs::remove_dir_all(folder).expect("an end");
    }
}
