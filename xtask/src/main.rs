//! Chores of the project. `cargo xtask tidy` checks the rules of the house that the compiler cannot.

mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(),
        _ => {
            eprintln!("cargo xtask tidy    check the rules of the house");
            ExitCode::FAILURE
        }
    }
}
