//! Where the goods go, as far as taxes and shipping ask.

use souk_contract::Address;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Destination<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    pub region: Option<&'a str>,
    pub postal_code: Option<&'a str>,
}

impl<'a> Destination<'a> {
    pub fn country(country: &'a str) -> Destination<'a> {
        Destination { country, region: None, postal_code: None }
    }

    pub fn of(address: &'a Address) -> Destination<'a> {
        Destination {
            country: &address.country,
            region: address.region.as_deref(),
            postal_code: address.postal_code.as_deref(),
        }
    }

    /// Whether it lies there; an empty region or prefix lets everything pass. Spaces and case in a postal code mean
    /// nothing.
    pub fn is_in(&self, country: &str, region: &str, postal_prefix: &str) -> bool {
        let in_region = || self.region.is_some_and(|here| here.trim().eq_ignore_ascii_case(region));
        let begins = || self.postal_code.is_some_and(|code| begins_with(code, postal_prefix));
        self.country == country
            && (region.is_empty() || in_region())
            && (postal_prefix.is_empty() || begins())
    }
}

fn begins_with(code: &str, prefix: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
    };
    plain(code).starts_with(&plain(prefix))
}
