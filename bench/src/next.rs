//! The storefront on Node: the same app renders the same page on a server, with the data that it asks the shop for.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::client::{Connection, get};
use crate::machine;
use crate::process::{self, Process};

/// Next takes a moment to load the page for the first time.
const START_PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Next {
    server: Process,
    pub(crate) address: SocketAddr,
}

impl Next {
    /// Builds it if its sources have changed, and starts it in front of `shop`. Run from the project's root.
    pub(crate) async fn serve(dir: &Path, shop: SocketAddr, path: &str) -> Result<Next> {
        process::run(Command::new("tools/web.sh").arg("node"))?;
        let address = machine::free_address()?;
        let mut command = Command::new("node");
        command.args(["node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1"]);
        command.args(["-p", &address.port().to_string()]).current_dir("web/storefront");
        command.env("SOUK_NODE", "1").env("SOUK_URL", format!("http://{shop}"));
        command.env("NODE_ENV", "production").env("NEXT_TELEMETRY_DISABLED", "1");
        let mut server = Process::start("next", &mut command, &dir.join("next.log"))?;
        let begun = Instant::now();
        loop {
            server.check_alive()?;
            if let Ok(mut connection) = Connection::open(address).await
                && let Ok(page) = connection.send(get(path)?).await
            {
                ensure!(page.status.is_success(), "Next answers {} for {path}", page.status);
                return Ok(Next { server, address });
            }
            if begun.elapsed() > START_PATIENCE {
                bail!("Next does not answer:\n{}", server.log_end());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.server.stop()
    }
}
