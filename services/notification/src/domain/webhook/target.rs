//! The address of a receiver, as a merchant types it.

use std::net::IpAddr;

use url::{Host, Url};

use super::address::is_public;

pub const URL_CHARS_MAX: usize = 2_000;

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    #[error("must be an address such as https://erp.example/souk, of 2000 characters at most")]
    Unreadable,
    #[error("must begin with https://")]
    NotHttps,
    #[error("must not hold a user name, a password or a #fragment")]
    Extras,
    #[error("must be on the public internet")]
    Private,
}

/// Reads an address. `allow_private` is for a developer's own machine and for tests: it opens http to loopback addresses
/// and https to any.
pub fn target(text: &str, allow_private: bool) -> Result<Url, TargetRefused> {
    if text.chars().count() > URL_CHARS_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(TargetRefused::Unreadable);
    }
    let url = Url::parse(text).map_err(|_| TargetRefused::Unreadable)?;
    let host = url.host().ok_or(TargetRefused::Unreadable)?;
    let loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && allow_private && loopback) {
        return Err(TargetRefused::NotHttps);
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(TargetRefused::Extras);
    }
    if !allow_private && !may_be_public(&host) {
        return Err(TargetRefused::Private);
    }
    Ok(url)
}

/// A name is looked at again when it is resolved; the ones that never leave the house are refused at once.
fn may_be_public(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public(IpAddr::V6(*address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let inside = ["localhost", "local", "internal", "home.arpa"];
            let is_inside = |ending: &str| {
                name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            name.contains('.') && !inside.iter().any(|ending| is_inside(ending))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_lead_inside_are_refused_however_they_are_written() {
        for (text, wanted) in [
            ("https://127.0.0.1/x", TargetRefused::Private),
            ("https://127.1/x", TargetRefused::Private),
            ("https://2130706433/x", TargetRefused::Private),
            ("https://0x7f000001/x", TargetRefused::Private),
            ("https://0177.0.0.1/x", TargetRefused::Private),
            ("https://[::1]/x", TargetRefused::Private),
            ("https://[::ffff:10.0.0.1]/x", TargetRefused::Private),
            ("https://169.254.169.254/latest/meta-data", TargetRefused::Private),
            ("https://localhost/x", TargetRefused::Private),
            ("https://localhost./x", TargetRefused::Private),
            ("https://db.internal/x", TargetRefused::Private),
            ("https://printer/x", TargetRefused::Private),
            ("http://erp.example/x", TargetRefused::NotHttps),
            ("http://127.0.0.1/x", TargetRefused::NotHttps),
            ("file:///etc/passwd", TargetRefused::Unreadable),
            ("gopher://erp.example/", TargetRefused::NotHttps),
            ("https://ada:pw@erp.example/", TargetRefused::Extras),
            ("https://erp.example/#x", TargetRefused::Extras),
            ("https://erp.example/a b", TargetRefused::Unreadable),
            ("erp.example", TargetRefused::Unreadable),
            ("", TargetRefused::Unreadable),
        ] {
            assert_eq!(target(text, false).map(String::from), Err(wanted), "{text}");
        }
        assert!(target("https://erp.example/souk?shop=1", false).is_ok());
        assert!(target("https://8.8.8.8:8443/", false).is_ok());
    }

    #[test]
    fn a_developer_may_listen_on_their_own_machine() {
        assert!(target("http://127.0.0.1:9000/x", true).is_ok());
        assert!(target("http://localhost:9000/x", true).is_ok());
        assert_eq!(target("http://10.0.0.1/x", true), Err(TargetRefused::NotHttps));
    }
}
