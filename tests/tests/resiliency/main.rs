//! The resiliency matrix: for each dependency of the shop, what people can do while it is down, stalled or slow.

mod deeds;
mod page;
mod row;
mod stage;
mod table;

use anyhow::{Context as _, Result, ensure};
use souk::Role;

use stage::Stage;
use table::{Condition, Dependency, TABLE};

/// Tells the rows of one dependency, one after another in one shop.
async fn while_hurt(dependency: Dependency) -> Result<()> {
    let rows: Vec<_> = TABLE.iter().filter(|row| row.dependency == dependency).collect();
    let conditions: Vec<_> = rows.iter().map(|row| row.condition).collect();
    ensure!(conditions == [Condition::Down, Condition::Stalled, Condition::Slow], "each has its row");
    let mut stage = Stage::set().await?;
    for row in rows {
        let condition = row.condition;
        row::tell(&mut stage, row).await.with_context(|| format!("{dependency:?} is {condition:?}"))?;
    }
    Ok(())
}

macro_rules! dependencies {
    ($($name:ident = $dependency:expr;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> Result<()> {
                while_hurt($dependency).await
            }
        )*

        #[test]
        fn every_row_is_told() {
            let told = [$($dependency),*];
            assert!(TABLE.iter().all(|row| told.contains(&row.dependency)));
        }
    };
}

dependencies! {
    without_the_user_service = Dependency::Service(Role::User);
    without_the_product_service = Dependency::Service(Role::Product);
    without_the_order_service = Dependency::Service(Role::Order);
    without_the_payment_service = Dependency::Service(Role::Payment);
    without_the_notification_service = Dependency::Service(Role::Notification);
    without_the_user_database = Dependency::Database(Role::User);
    without_the_product_database = Dependency::Database(Role::Product);
    without_the_order_database = Dependency::Database(Role::Order);
    without_the_payment_database = Dependency::Database(Role::Payment);
    without_the_notification_database = Dependency::Database(Role::Notification);
    without_the_payment_provider = Dependency::Provider;
    without_redis = Dependency::Redis;
    without_the_bus = Dependency::Bus;
    without_a_mail_server = Dependency::Smtp;
}
