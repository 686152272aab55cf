//! Where a request really comes from: what a proxy says is believed only if the proxy is one of ours.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Deserializer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A network such as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// IPv4 lies in `::ffff:0:0/96`.
    network: u128,
    mask: u128,
}

impl Cidr {
    pub fn contains(&self, ip: IpAddr) -> bool {
        bits(ip) & self.mask == self.network
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Cidr, String> {
        let wrong = || format!("`{text}` is not a network such as 10.0.0.0/8");
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let ip: IpAddr = address.parse().map_err(|_| wrong())?;
        let longest = if ip.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(longest);
        if length > longest {
            return Err(wrong());
        }
        let mask = u128::MAX.checked_shl(longest - length).unwrap_or(0);
        let mask = if ip.is_ipv4() { mask | (u128::MAX << 32) } else { mask };
        Ok(Cidr { network: bits(ip) & mask, mask })
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cidr, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) ip: Option<IpAddr>,
    /// The last hop before us is one of our proxies.
    pub(crate) by_trusted_proxy: bool,
    /// The client spoke TLS, says a proxy of ours.
    pub(crate) https: bool,
    /// Speaks plain HTTP to a loopback name: a developer's browser, where `Secure` cookies do not always work.
    pub(crate) plain_loopback: bool,
}

impl Client {
    pub(crate) fn locate(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Cidr]) -> Client {
        let peer = peer.map(|ip| ip.to_canonical());
        let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
        let by_trusted_proxy = peer.is_some_and(is_trusted);
        let https = by_trusted_proxy && last(headers, &FORWARDED_PROTO) == Some("https");
        let plain_loopback =
            !https && headers.get(header::HOST).is_some_and(|host| is_loopback(host.as_bytes()));
        let ip = if by_trusted_proxy { forwarded(headers, is_trusted).or(peer) } else { peer };
        Client { ip, by_trusted_proxy, https, plain_loopback }
    }

    /// Sits on this machine or is one of our proxies itself, and no proxy that we do not know stands between.
    pub(crate) fn is_local(&self, headers: &HeaderMap, trusted: &[Cidr]) -> bool {
        let unknown_proxy = !self.by_trusted_proxy && headers.contains_key(FORWARDED_FOR);
        let near = |ip: IpAddr| ip.is_loopback() || trusted.iter().any(|network| network.contains(ip));
        !unknown_proxy && self.ip.is_some_and(near)
    }
}

/// The rightmost address that is not one of our proxies: what stands left of it, anybody may have written.
fn forwarded(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut nearest = None;
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        for entry in line.to_str().ok()?.rsplit(',') {
            let Some(ip) = address(entry.trim()) else { return nearest };
            nearest = Some(ip);
            if !is_trusted(ip) {
                return nearest;
            }
        }
    }
    nearest
}

fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse::<IpAddr>().ok().or_else(with_port).map(|ip| ip.to_canonical())
}

fn last<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim)
}

/// `localhost`, `shop.localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_loopback(host: &[u8]) -> bool {
    if host.starts_with(b"[") {
        return host.starts_with(b"[::1]");
    }
    let name = host.split(|byte| *byte == b':').next().unwrap_or_default();
    name.eq_ignore_ascii_case(b"localhost")
        || name.to_ascii_lowercase().ends_with(b".localhost")
        || std::str::from_utf8(name)
            .is_ok_and(|name| name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        text.parse().expect("a network")
    }

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let inside = |network: &str, ip: &str| cidr(network).contains(ip.parse().expect("an address"));
        assert!(inside("10.0.0.0/8", "10.255.0.1"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "8.8.8.8"));
        assert!(!inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("127.0.0.1", "127.0.0.1"));
        assert!(inside("2001:db8::/32", "2001:db8:1::1"));
        assert!(inside("::/0", "2001:db8::1"));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Cidr>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_rightmost_stranger_is_the_client() {
        let trusted = [cidr("10.0.0.0/8")];
        let locate = |peer: &str, line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED_FOR, http::HeaderValue::from_static(line));
            let ip = Client::locate(peer.parse().ok(), &headers, &trusted).ip;
            ip.map(|ip| ip.to_string()).unwrap_or_default()
        };
        assert_eq!(locate("10.0.0.1", "1.1.1.1, 2.2.2.2, 10.0.0.9"), "2.2.2.2");
        assert_eq!(locate("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.9"), "10.0.0.9");
        assert_eq!(locate("10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1");
        assert_eq!(locate("10.0.0.1", "10.0.0.7"), "10.0.0.7");
        assert_eq!(locate("9.9.9.9", "1.1.1.1"), "9.9.9.9", "strangers are not believed");
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "LocalHost:8080", "shop.localhost:1", "127.0.0.1:80", "[::1]:8080"] {
            assert!(is_loopback(host.as_bytes()), "{host}");
        }
        for host in ["", "localhost.example", "127.0.0.1.example", "[::2]", "128.0.0.1"] {
            assert!(!is_loopback(host.as_bytes()), "{host}");
        }
    }
}
