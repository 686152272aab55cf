//! `souk nginx`: prints a configuration for the nginx in front of the gateways.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::ShopConfig;
use crate::nginx::{PurgeDoor, Site, config};

#[derive(Args)]
pub(crate) struct Nginx {
    /// Public door of a gateway, host and port; repeat for several. Without one, `listen` of the configuration.
    #[arg(long = "gateway", value_name = "ADDR", value_delimiter = ',')]
    gateways: Vec<String>,
    /// Where nginx listens.
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:80")]
    listen: SocketAddr,
    /// Names of the shop; `_` answers to any.
    #[arg(long, value_name = "NAME", default_value = "_")]
    server_name: String,
    /// Certificate chain in PEM; with it nginx speaks TLS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// A plain door that sends everybody to the encrypted one.
    #[arg(long, value_name = "ADDR", requires = "tls_certificate")]
    redirect_listen: Option<SocketAddr>,
    /// Network of a load balancer or CDN in front of this nginx; repeat for several.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    behind: Vec<String>,
    /// User of nginx's workers.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Keep pid, logs, cache and temporary files here instead of in Debian's places.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// What the cache may take on disk.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    cache_megabytes: u32,
    /// Where the shop tells nginx that a page is old; name it in `[product] purge_urls`. Needs the purge module.
    #[arg(long, value_name = "ADDR")]
    purge_listen: Option<SocketAddr>,
    /// Network that may purge, beside this machine; repeat for several.
    #[arg(long, value_name = "CIDR", value_delimiter = ',', requires = "purge_listen")]
    purge_from: Vec<String>,
    /// Write it there instead of printing it.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The module that purges, from Debian's libnginx-mod-http-cache-purge.
    #[arg(
        long,
        value_name = "FILE",
        requires = "purge_listen",
        default_value = "/usr/lib/nginx/modules/ngx_http_cache_purge_module.so"
    )]
    purge_module: PathBuf,
}

impl Nginx {
    pub(crate) fn run(&self, shop: &ShopConfig) -> Result<ExitCode> {
        let gateways =
            if self.gateways.is_empty() { vec![shop.shop.listen.to_string()] } else { self.gateways.clone() };
        let site = Site {
            gateways,
            listen: self.listen,
            server_name: self.server_name.clone(),
            tls: self.tls_certificate.clone().zip(self.tls_key.clone()),
            redirect_listen: self.redirect_listen,
            behind: self.behind.clone(),
            user: self.user.clone(),
            folder: self.folder.clone(),
            cache_megabytes: self.cache_megabytes,
            purge: self.purge_listen.map(|listen| PurgeDoor {
                listen,
                from: self.purge_from.clone(),
                module: self.purge_module.clone(),
            }),
        };
        let text = config(&site, &shop.gateway)?;
        match &self.output {
            Some(path) => {
                std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
            }
            None => print!("{text}"),
        }
        if shop.gateway.trusted_proxies.is_empty() {
            eprintln!("souk: gateway.trusted_proxies is empty: the gateways will not believe this nginx");
        }
        Ok(ExitCode::SUCCESS)
    }
}
