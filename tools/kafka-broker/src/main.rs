//! A broker that speaks Kafka's protocol, for tests and `make cluster BUS=kafka` on machines where no Kafka can be
//! installed: tansu, with everything in memory. It knows no security, and is for trying things out only.

use std::error::Error;

use tansu_broker::NODE_ID;
use tansu_broker::broker::Broker;
use tansu_broker::coordinator::group::administrator::Controller;
use tansu_storage::StorageContainer;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("say at which address it listens, such as 127.0.0.1:9092")?;
    let here = Url::parse(&format!("tcp://{address}"))?;
    let broker = Broker::<Controller<StorageContainer>, StorageContainer>::builder()
        .node_id(NODE_ID)
        .cluster_id("souk")
        .incarnation_id(Uuid::from_u128(1))
        .listener(here.clone())
        .advertised_listener(here)
        .storage(Url::parse("memory://souk/")?)
        .silent(true)
        .build()
        .await?;
    broker.main(Instant::now()).await?;
    Ok(())
}
