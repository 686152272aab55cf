//! `souk up`: runs the shop until it is told to stop, then drains.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use souk_contract::user::CreateStaff;
use souk_rpc::{Context, Permission};

use super::import;
use super::seed::Seed;
use crate::console::Console;
use crate::wiring::World;
use crate::{Role, Shop};

#[derive(Args)]
pub(crate) struct Up {
    /// Where the shop's door is.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where this process listens for the other roles, when it is one of several replicas.
    #[arg(long, value_name = "ADDR", env = "SOUK_INTERNAL_LISTEN")]
    internal_listen: Option<SocketAddr>,
    /// Only this role; repeat for several. All of them without one.
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    roles: Vec<Role>,
    /// Turn on what only developers need: mailbox page, sandbox controls, fail points, a demo catalog.
    #[arg(long)]
    dev: bool,
    /// Arm fail points, such as `checkout.after_hold=kill*1`; needs --dev.
    #[arg(long, value_name = "PLAN", env = "SOUK_FAILPOINTS")]
    failpoints: Option<String>,
    /// Products of the demo catalog that --dev makes in an empty shop.
    #[arg(long, default_value_t = 200, value_name = "N")]
    demo_products: u64,
}

/// Whom `--dev` lets in at the back door.
pub(crate) const DEMO_STAFF: (&str, &str) = ("staff@souk.example", "open-sesame-demo-42");

impl Up {
    pub(crate) async fn run(mut self, mut world: World) -> Result<ExitCode> {
        world.dev = self.dev;
        world.internal_listen = self.internal_listen;
        self.arm()?;
        let roles = if self.roles.is_empty() { Role::ALL.to_vec() } else { std::mem::take(&mut self.roles) };
        let embedded = roles.len() == Role::ALL.len();
        let first_start = world.data.is_new();
        let listen = self.listen.unwrap_or(world.config.shop.listen);
        if roles.contains(&Role::Gateway) {
            // Before a catalog is made for nothing.
            std::net::TcpListener::bind(listen)
                .with_context(|| format!("cannot listen at {listen}; is a shop running there already?"))?;
        }
        let is_demo = self.dev && embedded && self.demo_products > 0;
        if is_demo {
            furnish(&world, if first_start { self.demo_products } else { 0 }).await?;
        }
        let tracing = souk_trace::start(&world.config.telemetry, only(&roles))?;
        let shop = Shop::start(world, &roles, listen).await?;
        self.tell(&shop, &roles, is_demo);
        wait_for_a_signal().await?;
        eprintln!("souk: closing; requests under way finish first");
        shop.stop().await;
        if let Some(tracing) = tracing {
            tracing.stop().await;
        }
        eprintln!("souk: closed");
        Ok(ExitCode::SUCCESS)
    }

    fn arm(&self) -> Result<()> {
        match &self.failpoints {
            Some(_) if !self.dev => bail!("fail points are for development: say --dev too"),
            Some(plan) => Ok(souk_app::fail::arm(plan)?),
            None => Ok(()),
        }
    }

    fn tell(&self, shop: &Shop, roles: &[Role], is_demo: bool) {
        if self.dev {
            let (bold, plain) =
                if std::io::stdout().is_terminal() { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
            println!(
                "{bold}DEVELOPMENT MODE: anybody who reaches this shop can read its mails. Not for real customers.{plain}"
            );
        }
        let Some(public) = &shop.public else {
            let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
            println!("running {}", names.join(", "));
            return;
        };
        println!("shop           http://{public}/");
        println!("API reference  http://{public}/docs");
        if self.dev {
            println!("mailbox        http://{public}/dev/mailbox");
        }
        if is_demo {
            println!("staff login    {} / {}", DEMO_STAFF.0, DEMO_STAFF.1);
        }
        println!("stop with Ctrl-C");
    }
}

/// The name of the role of a process that has one only.
fn only(roles: &[Role]) -> Option<&'static str> {
    match roles {
        [role] => Some(role.name()),
        _ => None,
    }
}

/// Gives a shop a staff member, whatever catalog it came with, and an empty one a catalog, so that there is something to
/// try.
async fn furnish(world: &World, products: u64) -> Result<()> {
    let console = Console::connect(world.clone()).await?;
    if products > 0 {
        let rows = Seed { products, seed: 1, stock: 50 }.rows();
        import::send(&console, rows, "making a demo catalog").await?;
    }
    let request = CreateStaff {
        email: DEMO_STAFF.0.to_owned(),
        name: "Demo Staff".to_owned(),
        password: DEMO_STAFF.1.to_owned(),
        permissions: Permission::ALL.to_vec(),
    };
    console.user.create_staff(&Context::system("console.demo"), request).await?;
    console.finish().await
}

async fn wait_for_a_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
