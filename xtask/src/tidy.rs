//! The rules of the house that Cargo cannot see. Each is one function; each names file, line and rule.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A file longer than this has more than one idea, unless a reason stands in [`LONG_FILES`].
const LINES_MAX: usize = 400;

/// Longer files, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// A rule looks at the project and says where it is broken.
type Rule = fn(&Path, &[File]) -> Vec<Breach>;

struct Breach {
    place: String,
    rule: String,
}

pub(crate) fn run() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the project").to_owned();
    let mut files = Vec::new();
    collect(&root, &mut files);
    let files: Vec<File> = files.into_iter().filter_map(|path| File::read(&root, path)).collect();
    let rules: [Rule; 8] = [
        one_tls_stack,
        long_files,
        domain_is_pure,
        sql_stands_in_store,
        no_float_near_money,
        services_are_strangers,
        links_resolve,
        error_codes_are_explained,
    ];
    let breaches: Vec<Breach> = rules.iter().flat_map(|rule| rule(&root, &files)).collect();
    for Breach { place, rule } in &breaches {
        eprintln!("{place}: {rule}");
    }
    if breaches.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("tidy: {} breaches", breaches.len());
    ExitCode::FAILURE
}

struct File {
    /// From the project's root.
    path: String,
    text: String,
}

impl File {
    fn read(root: &Path, path: PathBuf) -> Option<File> {
        let text = fs::read_to_string(&path).ok()?;
        let path = path.strip_prefix(root).ok()?.to_str()?.to_owned();
        Some(File { path, text })
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn breach(&self, line: usize, rule: impl Into<String>) -> Breach {
        Breach { place: format!("{}:{line}", self.path), rule: rule.into() }
    }

    /// Lines of code before the tests, numbered from 1, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        code.enumerate()
            .map(|(i, line)| (i + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    const SKIPPED: &[&str] = &["target", "node_modules", ".git", "data"];
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !SKIPPED.contains(&name) {
            collect(&path, files);
        } else if [".rs", ".md", ".sql"].iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
}

fn long_files(_: &Path, files: &[File]) -> Vec<Breach> {
    let excused = |file: &File| LONG_FILES.iter().any(|(path, _)| *path == file.path);
    let long =
        files.iter().filter(|file| file.is_rust() && file.text.lines().count() > LINES_MAX && !excused(file));
    long.map(|file| {
        file.breach(file.text.lines().count(), format!("more than {LINES_MAX} lines: one file, one idea"))
    })
    .collect()
}

fn domain_is_pure(_: &Path, files: &[File]) -> Vec<Breach> {
    const IMPURE: &[&str] = &["axum", "tokio", "souk_db", "rusqlite", "async fn", "reqwest", "hyper"];
    let domain = files.iter().filter(|file| file.is_rust() && file.path.contains("/src/domain"));
    find(domain, IMPURE, |word| format!("domain is pure: no `{word}` here"))
}

fn sql_stands_in_store(_: &Path, files: &[File]) -> Vec<Breach> {
    const SQL: &[&str] = &["\"select ", "\"insert into ", "\"update ", "\"delete from "];
    let outside = files.iter().filter(|file| {
        let service = file.is_rust() && file.path.starts_with("services/");
        service && file.path.contains("/src/") && !file.path.contains("/store")
    });
    find(outside, SQL, |_| "SQL stands only in store/".to_owned())
}

fn no_float_near_money(_: &Path, files: &[File]) -> Vec<Breach> {
    const FLOATS: &[&str] = &["f64", "f32"];
    let money = files.iter().filter(|file| {
        let near = ["kit/types/", "contract/", "services/order/", "services/payment/"];
        file.is_rust()
            && near.iter().any(|folder| file.path.starts_with(folder))
            && file.path.contains("/src/")
    });
    find(money, FLOATS, |word| format!("no float near money: `{word}`"))
}

/// Cargo refuses it already; this says so before anybody adds the dependency.
fn services_are_strangers(root: &Path, _: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for service in fs::read_dir(root.join("services")).into_iter().flatten().flatten() {
        let name = service.file_name().to_string_lossy().into_owned();
        let Ok(manifest) = fs::read_to_string(service.path().join("Cargo.toml")) else { continue };
        for other in ["user", "product", "order", "payment", "notification", "gateway"] {
            if other != name && manifest.contains(&format!("souk-{other}")) {
                let place = format!("services/{name}/Cargo.toml:1");
                breaches.push(Breach { place, rule: format!("no service names another: souk-{other}") });
            }
        }
    }
    breaches
}

/// The same list stands in deny.toml, for whoever has cargo-deny at hand.
fn one_tls_stack(root: &Path, _: &[File]) -> Vec<Breach> {
    const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls", "aws-lc-sys", "cmake", "bindgen"];
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let locked = |name: &&&str| lock.lines().any(|line| line == format!("name = \"{name}\""));
    let breach = |name: &&str| Breach {
        place: "Cargo.lock:1".to_owned(),
        rule: format!("banned in deny.toml: {name}"),
    };
    BANNED.iter().filter(locked).map(breach).collect()
}

fn links_resolve(root: &Path, files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = root.join(&file.path).parent().unwrap_or(root).to_owned();
        for (number, line) in file.text.lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let path = target.split('#').next().unwrap_or_default();
                let outside = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
                // Content pages of the storefront lead to addresses of the shop.
                let of_the_shop = file.path.starts_with("web/storefront/pages/") && path.starts_with('/');
                if !outside && !of_the_shop && !folder.join(path).exists() {
                    breaches.push(file.breach(number + 1, format!("the link to `{target}` leads nowhere")));
                }
            }
        }
    }
    breaches
}

/// Every code that a client may see has a page that says what to do.
fn error_codes_are_explained(root: &Path, files: &[File]) -> Vec<Breach> {
    const MAKERS: &[&str] = &["Error::new(", "Error::conflict(", "Error::unprocessable("];
    let mut breaches = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.path.contains("/tests/")) {
        let code: Vec<(usize, &str)> = file.code().collect();
        for (at, (number, line)) in code.iter().enumerate() {
            if !MAKERS.iter().any(|maker| line.contains(maker)) {
                continue;
            }
            // The code is the first string after the call, on this line or one of the next.
            let text: String = code[at..].iter().take(4).map(|(_, line)| *line).collect();
            let after = MAKERS.iter().filter_map(|maker| text.split_once(maker)).map(|(_, rest)| rest).next();
            let Some((before, word)) = after.and_then(first_string) else { continue };
            // A code that is a variable here is written out where the function is called.
            let kind_only = before
                .split(',')
                .all(|part| part.trim().is_empty() || part.trim().starts_with("ErrorKind::"));
            if !kind_only {
                continue;
            }
            let is_code = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if is_code && !root.join(format!("docs/errors/{word}.md")).exists() {
                breaches.push(
                    file.breach(*number, format!("the error code `{word}` has no page in docs/errors")),
                );
            }
        }
    }
    breaches
}

/// What stands before the first string literal, and the string.
fn first_string(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once('"')?;
    Some((before, rest.split('"').next()?))
}

fn find<'a>(
    files: impl Iterator<Item = &'a File>,
    words: &[&str],
    rule: impl Fn(&str) -> String,
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        for (number, line) in file.code() {
            for word in words.iter().filter(|word| mentions(line, word)) {
                breaches.push(file.breach(number, rule(word)));
            }
        }
    }
    breaches
}

/// The word stands there by itself, not inside a longer one.
fn mentions(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = line[at + word.len()..].chars().next().is_some_and(part);
        !before && (!after || word.ends_with(' '))
    })
}
