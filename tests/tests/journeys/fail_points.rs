//! Every fail point of checkout, fired in turn: stock and money are as before, or the order completes on resume.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use souk::Role;
use souk_tests::{TestShop, Topology};

/// Where checkout can die, and in which role.
const POINTS: &[(Role, &str)] = &[
    (Role::Order, "checkout.before_placing"),
    (Role::Order, "checkout.after_placing"),
    (Role::Order, "checkout.after_hold"),
    (Role::Order, "checkout.after_authorize"),
    (Role::Order, "checkout.before_placed"),
    (Role::Order, "checkout.after_placed"),
    (Role::Payment, "payment.before_provider"),
    (Role::Payment, "payment.after_provider"),
    (Role::Payment, "payment.after_result"),
    (Role::Payment, "capture.before_provider"),
    (Role::Payment, "capture.after_provider"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_checkout_leaves_one_order_or_none_embedded() -> Result<()> {
    every_point(Topology::Embedded, "kill*1").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_step_of_checkout_leaves_one_order_or_none_split() -> Result<()> {
    every_point(Topology::Split, "kill*1").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_at_any_step_of_checkout_leaves_one_order_or_none() -> Result<()> {
    every_point(Topology::Embedded, "error*1").await
}

async fn every_point(topology: Topology, action: &str) -> Result<()> {
    let mut shop = TestShop::open(topology).await?;
    let mut sold = 0;
    for (role, point) in POINTS {
        sold +=
            one_point(&mut shop, *role, point, action).await.with_context(|| format!("{point}={action}"))?;
        shop.audit().await.with_context(|| format!("after {point}={action}"))?;
        let stock = shop.stock("TEE-M").await?;
        ensure!(stock["held"] == 0 && stock["allocated"] == sold, "{point}: {sold} sold, but {stock}");
    }
    Ok(())
}

/// Restarts the shop with the point armed, buys one tee across the failure, and says how many were sold.
async fn one_point(shop: &mut TestShop, role: Role, point: &str, action: &str) -> Result<i64> {
    let group =
        shop.groups().into_iter().find(|group| group.contains(&role)).context("the role runs somewhere")?;
    let ada = shop.guest("Ada");
    let cart = ada.cart("TEE-M", 1).await?;
    shop.kill(&group);
    shop.arm(role, &format!("{point}={action}"));
    shop.start().await?;

    let key = souk_tests::new_key();
    let mut answer = ada.pays_with_key(&cart, "tok_approved", &key).await;
    for _ in 0..200 {
        if !shop.is_running(&group) {
            shop.start().await?;
        }
        match &answer {
            Ok(told) if told.status == 201 => break,
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
        answer = ada.pays_with_key(&cart, "tok_approved", &key).await;
    }
    let told = answer?;
    ensure!(told.status == 201, "the same key finds the order in the end: {told:?}");
    let order = told.json();
    // A point behind the answer kills the shop a moment later.
    for _ in 0..300 {
        if !shop.is_running(&group) {
            shop.start().await?;
        }
        match ada.order(&order).await {
            Ok(seen) if seen["payment_status"] == "captured" => return Ok(1),
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    ada.sees(&order, "payment_status", "captured").await?;
    Ok(1)
}
