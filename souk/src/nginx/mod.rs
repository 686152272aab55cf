//! The nginx in front of the gateways, written from the shop's own configuration: its limits are the gateways'
//! limits and what it keeps is what the shop calls public. The text with its reasons is `template.conf`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use minijinja::{Environment, UndefinedBehavior, context};
use souk_gateway::{Cidr, GatewayConfig};

const TEMPLATE: &str = include_str!("template.conf");

/// What stands behind `/v1/` and is the same for everybody. nginx keeps replies of nothing else.
const PUBLIC: [&str; 4] = ["products", "search", "categories", "collections"];

/// What the slowest service may take longer than it may: the gateway's own time to say so.
const GATEWAY_SECONDS: u64 = 5;

/// What the shop's configuration does not know about the machine that nginx runs on.
#[derive(Debug, Clone)]
pub struct Site {
    /// Host and port of the public door of each gateway.
    pub gateways: Vec<String>,
    pub listen: SocketAddr,
    /// Names of the shop, as in `server_name`; `_` for any.
    pub server_name: String,
    /// Certificate and key; without them nginx speaks plain HTTP.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// A plain door that sends everybody to the encrypted one.
    pub redirect_listen: Option<SocketAddr>,
    /// Networks of a load balancer or CDN in front of this nginx.
    pub behind: Vec<String>,
    /// The user of the workers; nginx's own default when absent.
    pub user: Option<String>,
    /// Keeps pid, logs, cache and temporary files in one folder; Debian's places when absent.
    pub folder: Option<PathBuf>,
    pub cache_megabytes: u32,
    pub purge: Option<PurgeDoor>,
}

/// Where the shop tells nginx that a page is old.
#[derive(Debug, Clone)]
pub struct PurgeDoor {
    pub listen: SocketAddr,
    /// Networks that may purge, beside this machine.
    pub from: Vec<String>,
    /// The module that does it: `libnginx-mod-http-cache-purge` in Debian.
    pub module: PathBuf,
}

/// The whole configuration file. Refuses what would mean something else to nginx than it says.
pub fn config(site: &Site, gateway: &GatewayConfig) -> Result<String> {
    check(site)?;
    let hops = gateway.hop_ms_max;
    let slowest_ms = [hops.user, hops.product, hops.order, hops.payment, hops.notification].into_iter().max();
    let read_seconds = slowest_ms.unwrap_or_default().div_ceil(1000) + GATEWAY_SECONDS;
    let folder = site.folder.as_deref().map(shown).transpose()?;
    let within = |name: &str| folder.as_ref().map(|folder| format!("{folder}/{name}"));
    let tls = site.tls.as_ref().map(|(certificate, key)| anyhow::Ok((shown(certificate)?, shown(key)?)));
    let tls = tls.transpose()?.map(|(certificate, key)| context! { certificate, key });
    let purge = site.purge.as_ref().map(|door| {
        let (listen, from) = (door.listen.to_string(), door.from.clone());
        anyhow::Ok(context! { listen, from, module => shown(&door.module)? })
    });
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let text = environment.render_str(
        TEMPLATE,
        context! {
            gateways => site.gateways.clone(),
            listen => site.listen.to_string(),
            server_name => site.server_name.clone(),
            tls,
            redirect_listen => site.redirect_listen.map(|listen| listen.to_string()),
            behind => site.behind.clone(),
            user => site.user.clone(),
            pid => within("nginx.pid").unwrap_or_else(|| "/run/nginx.pid".to_owned()),
            logs => folder.clone().unwrap_or_else(|| "/var/log/nginx".to_owned()),
            cache => within("cache").unwrap_or_else(|| "/var/cache/nginx/souk".to_owned()),
            temporary => folder,
            cache_megabytes => site.cache_megabytes,
            purge => purge.transpose()?,
            public => PUBLIC.join("|"),
            body_bytes_max => gateway.body_bytes_max,
            admin_body_bytes_max => gateway.admin_body_bytes_max,
            body_ms_max => gateway.body_ms_max,
            read_seconds,
        },
    );
    let mut text = text.context("nginx/template.conf")?;
    text.push('\n');
    Ok(text)
}

/// Each value stands in the file as it is: none may end its directive or name a variable.
fn check(site: &Site) -> Result<()> {
    ensure!(!site.gateways.is_empty(), "nginx needs at least one gateway");
    ensure!(
        site.redirect_listen.is_none() || site.tls.is_some(),
        "nothing to redirect to without a certificate"
    );
    for gateway in &site.gateways {
        let sane = gateway.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        ensure!(sane && gateway.contains(':'), "`{gateway}` is not a gateway such as 10.0.0.1:8080");
    }
    let names = site.server_name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._* ".contains(&b));
    ensure!(names && !site.server_name.trim().is_empty(), "`{}` is not a server name", site.server_name);
    if let Some(user) = &site.user {
        let sane = user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        ensure!(sane && !user.is_empty(), "`{user}` is not a user");
    }
    let purgers = site.purge.iter().flat_map(|door| &door.from);
    for network in site.behind.iter().chain(purgers) {
        network.parse::<Cidr>().map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

fn shown(path: &Path) -> Result<String> {
    let text = path.to_str().context("a path that is not UTF-8")?;
    let sane = text.bytes().all(|b| !b.is_ascii_whitespace() && !b"\"'`;{}$\\".contains(&b));
    ensure!(sane, "nginx would misread the path `{text}`");
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        Site {
            gateways: vec!["127.0.0.1:8080".to_owned(), "gateway-2.internal:8080".to_owned()],
            listen: SocketAddr::from(([0, 0, 0, 0], 443)),
            server_name: "_".to_owned(),
            tls: None,
            redirect_listen: None,
            behind: Vec::new(),
            user: None,
            folder: None,
            cache_megabytes: 64,
            purge: None,
        }
    }

    #[test]
    fn its_limits_are_the_gateways_limits() {
        let mut gateway = GatewayConfig { body_bytes_max: 12_345, ..GatewayConfig::default() };
        gateway.hop_ms_max.payment = 41_500;
        let text = config(&site(), &gateway).expect("a configuration");
        assert!(text.contains("client_max_body_size 12345;"), "{text}");
        assert!(text.contains("proxy_read_timeout 47s;"), "{text}");
        assert!(text.contains("server gateway-2.internal:8080 max_fails"), "{text}");
        assert!(!text.contains("proxy_cache_purge"), "nobody may purge unless it was asked for");
    }

    #[test]
    fn a_value_cannot_smuggle_a_directive_in() {
        let refused = |change: fn(&mut Site)| {
            let mut site = site();
            change(&mut site);
            assert!(config(&site, &GatewayConfig::default()).is_err(), "{site:?}");
        };
        refused(|site| site.gateways = Vec::new());
        refused(|site| site.gateways = vec!["a:1; include /etc/passwd".to_owned()]);
        refused(|site| site.server_name = "a; }".to_owned());
        refused(|site| site.user = Some("root;".to_owned()));
        refused(|site| site.behind = vec!["everywhere".to_owned()]);
        refused(|site| site.folder = Some(PathBuf::from("/tmp/a b")));
        refused(|site| site.redirect_listen = Some(SocketAddr::from(([0, 0, 0, 0], 80))));
        refused(|site| site.tls = Some((PathBuf::from("/a;b"), PathBuf::from("/k"))));
    }
}
