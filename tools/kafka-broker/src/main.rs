//! A broker that speaks Kafka's protocol, for `make cluster BUS=kafka` on machines where no Kafka can be installed:
//! librdkafka's own, which serves topics and consumer groups over TCP. It keeps nothing on disk, knows no security, and
//! is for trying things out only.

use std::error::Error;
use std::io::Write;

use rdkafka::mocking::MockCluster;

const BROKERS: i32 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("say into which file the brokers' addresses go")?;
    let cluster = MockCluster::new(BROKERS)?;
    // Whole or not at all: somebody waits for the file and reads it at once.
    let unfinished = format!("{file}.new");
    std::fs::File::create(&unfinished)?.write_all(cluster.bootstrap_servers().as_bytes())?;
    std::fs::rename(&unfinished, &file)?;
    loop {
        std::thread::park();
    }
}
