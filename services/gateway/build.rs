//! Puts the built storefront (`web/out`) into the binary, when it is there. Without it the binary builds
//! all the same, and shows its start page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let web = here.join("../../web/out");
    println!("cargo::rerun-if-changed={}", web.display());
    let mut files = Vec::new();
    if web.join("server").exists() {
        collect(&web, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name =
            file.strip_prefix(&web).expect("it lies below").to_str().expect("Next names files in ASCII");
        let _ = writeln!(table, "    ({name:?}, include_bytes!({:?})),", file.display().to_string());
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("web.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|kind| kind != "txt")
            && path.file_name() != Some(".gitignore".as_ref())
        {
            // Next's .txt files serve its client-side navigation, which the storefront does not use.
            files.push(path);
        }
    }
    Ok(())
}
