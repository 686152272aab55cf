//! `souk stress`: a flash sale that anybody can hold, in a scratch shop that is killed or in a fleet.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk_tests::{Broker, TestShop, Topology, souk_binary};

/// What the command says of a sale that went right.
fn sale(arguments: &[&str]) -> Result<String> {
    let output = Command::new(souk_binary()?).arg("stress").args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}{complaints}");
    Ok(said)
}

#[test]
fn a_flash_sale_that_is_killed_twice_sells_every_unit_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scratch = folder.path().join("scratch");
    let scratch_name = scratch.display().to_string();
    let said = sale(&["--buyers", "400", "--units", "40", "--kills", "2", "--scratch", &scratch_name])?;
    ensure!(said.contains("sold: 40 orders; 40 units on hand, 0 still for sale"), "{said}");
    ensure!(said.contains("lost: 0 orders") && said.contains("0 breaches of I1 to I9"), "{said}");
    ensure!(!said.contains("kills: 0 buyers pressed again"), "nobody noticed the kills: {said}");
    ensure!(!scratch.exists(), "a scratch shop in which all is well is removed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flash_sale_in_a_fleet_sells_every_unit_once() -> Result<()> {
    let shop = TestShop::open(Topology::Replicated(Broker::RabbitMq)).await?;
    let scopes =
        json!({ "name": "stress", "scopes": ["catalog:write", "stock:write", "stock:read", "orders:read"] });
    let staff = shop.staff().await?;
    let made = staff.post("/v1/admin/api-keys", scopes).await?.ok()?;
    let key = made["secret"].as_str().context("a key that is not shown")?;
    let url = format!("http://{}", shop.address());
    let said = sale(&["--at", &url, "--api-key", key, "--buyers", "200", "--units", "20"])?;
    ensure!(said.contains("sold: 20 orders; 20 units on hand, 0 still for sale"), "{said}");
    shop.audit().await
}

#[test]
fn a_sale_is_never_held_in_a_folder_that_holds_something() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let refused = sale(&["--scratch", &folder.path().display().to_string()]).expect_err("it holds something");
    ensure!(refused.to_string().contains("is there already"), "{refused}");
    Ok(())
}
