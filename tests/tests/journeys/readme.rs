//! README's tour, typed in as it stands there.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::journey;

const README: &str = include_str!("../../../README.md");

journey!(
    the_tour_of_the_readme_ends_with_a_shipped_order(shop) {
        let mut script = String::from("set -eu\n");
        for block in README.split("```sh tour\n").skip(1) {
            script.push_str(block.split("```").next().context("a block ends")?);
        }
        let (email, password) = souk_tests::STAFF;
        let address = shop.address().to_owned();
        let folder = shop.data_dir();
        let told = tokio::task::spawn_blocking(move || {
            Command::new("bash")
                .arg("-c")
                .arg(script)
                .current_dir(folder)
                .env("SHOP", format!("http://{address}"))
                .env("STAFF_EMAIL", email)
                .env("STAFF_PASSWORD", password)
                .output()
        });
        let told = told.await??;
        let (out, err) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        ensure!(told.status.success(), "{out}\n{err}");
        for sign in ["Stoneware Mug", "\"state\":\"placed\"", "JD0146000", "\"timeline\":"] {
            ensure!(out.contains(sign), "`{sign}` is missing in\n{out}\n{err}");
        }
        Ok(())
    }
);
