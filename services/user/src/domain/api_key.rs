//! What a program signs in with.

use souk_rpc::Permission;
use souk_types::{ApiKeyId, Timestamp, UserId};

/// A key as its owners see it; the secret was shown when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// The last characters of the secret.
    pub hint: String,
    pub scopes: Vec<Permission>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// What the key may do now: a scope that its creator has lost is lost to the key as well.
    pub fn effective(scopes: &[Permission], creators: &[Permission]) -> Vec<Permission> {
        scopes.iter().copied().filter(|scope| creators.contains(scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_outgrows_its_creator() {
        use Permission::{StockRead, StockWrite};
        assert_eq!(ApiKey::effective(&[StockRead, StockWrite], &[StockRead]), [StockRead]);
        assert_eq!(ApiKey::effective(&[StockRead], &[]), []);
    }
}
