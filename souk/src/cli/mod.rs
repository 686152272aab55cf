//! The commands. Each has a file of its own; this one reads the command line and picks.

mod audit;
mod convert;
mod doctor;
mod import;
mod migrate;
mod nginx;
mod pricing;
mod progress;
mod search_eval;
mod seed;
mod shopify;
mod staff;
mod status;
mod stress;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{Parser, Subcommand};
use souk_types::{Chance, Clock};

use crate::config::COMMENTED_DEFAULT;
use crate::data_dir::shared_secret;
use crate::wiring::{Remotes, World};
use crate::{DataDir, ShopConfig};

/// Names the file with the secret between the roles; wins over `peers.secret_file`.
const SECRET_FILE: &str = "SOUK_INTERNAL_SECRET_FILE";

/// A commerce engine in one binary: a whole shop on a laptop, or a fleet of services by configuration.
#[derive(Parser)]
#[command(name = "souk", version, max_term_width = 100)]
struct Cli {
    /// The folder that holds the shop.
    #[arg(long, global = true, value_name = "DIR", env = "SOUK_DATA_DIR", default_value = "data")]
    data: PathBuf,
    /// The configuration; without it `souk.toml` in the data folder, if there is one.
    #[arg(long, global = true, value_name = "FILE", env = "SOUK_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shop, or the roles given.
    Up(up::Up),
    /// Read products from a file: souk's JSONL, or Shopify's product CSV.
    Import(import::Import),
    /// Turn a foreign product list into souk's JSONL.
    Convert(convert::Convert),
    /// Run a file of queries through the shop's search and write what it finds, to be scored against judgments.
    SearchEval(search_eval::SearchEval),
    /// Fill the shop with a made-up catalog, the same one for the same seed.
    Seed(seed::Seed),
    /// Look for what keeps a shop from running well here.
    Doctor,
    /// Check the invariants of the shop over all its databases.
    Audit(audit::Audit),
    /// Print the OpenAPI description of the whole API.
    Openapi,
    /// Print the configuration with its defaults, commented.
    Config,
    /// Bring the databases up to date and stop.
    Migrate,
    /// Print a configuration for the nginx in front of the gateways.
    Nginx(Box<nginx::Nginx>),
    /// Show every replica of every role: health, queues, outbox, dead letters. Exit code 1 when one is down.
    Status(status::Status),
    /// Hold a flash sale in a scratch shop and kill it meanwhile; count what was sold, told and lost.
    Stress(stress::Stress),
    /// Try promotions out before they count.
    #[command(subcommand)]
    Pricing(pricing::Pricing),
    /// Manage the people who run the shop.
    #[command(subcommand)]
    Staff(staff::Staff),
}

/// Reads the command line, does what it says, and tells the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    rustls::crypto::ring::default_provider().install_default().expect("nobody installed one before main");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("souk: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(cli: Cli) -> Result<ExitCode> {
    match &cli.command {
        Command::Openapi => {
            println!("{}", crate::openapi::complete().await?.to_pretty_json()?);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config => {
            print!("{COMMENTED_DEFAULT}");
            return Ok(ExitCode::SUCCESS);
        }
        Command::Convert(convert) => return convert.run(),
        Command::Nginx(nginx) => return nginx.run(&read_config(&cli)?),
        _ => {}
    }
    if let Command::Stress(stress) = cli.command {
        return stress.run().await;
    }
    let world = open_world(&cli)?;
    match cli.command {
        Command::Up(up) => up.run(world).await,
        Command::Import(import) => import.run(world).await,
        Command::SearchEval(search_eval) => search_eval.run(world).await,
        Command::Seed(seed) => seed.run(world).await,
        Command::Doctor => doctor::run(world).await,
        Command::Audit(audit) => audit.run(world).await,
        Command::Migrate => migrate::run(world).await,
        Command::Pricing(pricing) => pricing.run(world).await,
        Command::Staff(staff) => staff.run(world).await,
        Command::Status(status) => status.run(world).await,
        Command::Openapi | Command::Config | Command::Convert(_) | Command::Nginx(_) | Command::Stress(_) => {
            unreachable!("answered above")
        }
    }
}

fn read_config(cli: &Cli) -> Result<ShopConfig> {
    let in_data = cli.data.join("souk.toml");
    let path = cli.config.clone().or_else(|| in_data.exists().then_some(in_data));
    Ok(souk_app::config::load(path.as_deref())?)
}

fn open_world(cli: &Cli) -> Result<World> {
    let config = read_config(cli)?;
    souk_app::telemetry::log(&config.log.filter, config.log.format);
    let chance = Chance::system();
    let data = DataDir::open(&cli.data)?;
    let shared =
        std::env::var_os(SECRET_FILE).map(PathBuf::from).or_else(|| config.peers.secret_file.clone());
    let secret = match shared {
        Some(path) => shared_secret(&path)?,
        None => data.secret(&chance)?,
    };
    Ok(World {
        config: Arc::new(config),
        data,
        clock: Clock::system(),
        chance,
        secret,
        internal_listen: None,
        remotes: Remotes::default(),
        dev: false,
    })
}
