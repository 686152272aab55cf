//! `souk status`: what an operator sees of the replicas.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use souk::Role;
use souk_tests::{TestShop, Topology};

use crate::journey;

fn replicas(shop: &TestShop) -> Result<(bool, Vec<Value>)> {
    let output = shop.souk(&["status", "--json"], "")?;
    let replicas = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })?;
    Ok((output.status.success(), replicas))
}

journey!(
    every_replica_is_listed_with_its_queues(shop) {
        let ada = shop.guest("Ada");
        ada.buys("MUG", 1).await?;
        let (well, replicas) = replicas(shop)?;
        ensure!(well, "{replicas:#?}");
        for role in Role::ALL {
            ensure!(replicas.iter().any(|replica| replica["role"] == role.name()), "{role}: {replicas:#?}");
        }
        for replica in &replicas {
            ensure!(replica["state"] == "up" && replica["vitals"]["version"] == env!("CARGO_PKG_VERSION"), "{replica:#}");
        }
        let orders = replicas.iter().find(|replica| replica["role"] == "order").context("the order role")?;
        let databases = orders["vitals"]["databases"].as_array().context("its databases")?;
        let database = databases.iter().find(|database| database["service"] == "order").context("its own")?;
        ensure!(database["error"].is_null() && database["dead_letters"] == 0, "{database}");
        let table = shop.command(&["status"], "")?;
        let all_well = format!("{} replicas, 0 not well", replicas.len());
        ensure!(table.contains("notification") && table.contains(&all_well), "{table}");
        Ok(())
    }
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_down_is_named_and_makes_the_exit_code_bad() -> Result<()> {
    let mut shop = TestShop::open(Topology::Split).await?;
    shop.kill(&[Role::Payment]);
    let (well, replicas) = replicas(&shop)?;
    ensure!(!well, "one of them is down");
    for replica in &replicas {
        ensure!((replica["state"] == "up") == (replica["role"] != "payment"), "{replica:#}");
    }
    let output = shop.souk(&["status"], "")?;
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(!output.status.success() && table.contains("6 replicas, 1 not well"), "{table}");
    Ok(())
}
