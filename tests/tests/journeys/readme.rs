//! README's tour, typed in as it stands there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk_tests::{Client, TestShop, Topology};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_staff_login_that_is_printed_opens_a_shop_that_had_its_catalog_before() -> Result<()> {
    let mut shop = TestShop::open(Topology::Embedded).await?;
    shop.close()?;
    let mut again = Command::new(souk_tests::souk_binary()?);
    again.arg("--data").arg(shop.data_dir()).args(["up", "--dev", "--listen", shop.address()]);
    let mut again = again.stdout(Stdio::piped()).spawn()?;
    let printed = BufReader::new(again.stdout.take().context("piped")?).lines();
    let login = printed
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("staff login")?.trim().to_owned()));
    let answer = match login.as_deref().and_then(|login| login.split_once(" / ")) {
        Some((email, password)) => {
            let door = Client::new(&format!("http://{}", shop.address()));
            door.post("/v1/sessions", json!({ "email": email, "password": password })).await
        }
        None => Err(anyhow::anyhow!("no login was printed")),
    };
    again.kill()?;
    again.wait()?;
    answer?.ok().map(drop)
}
