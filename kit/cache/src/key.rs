//! How keys and values cross to Redis and back.

use std::hash::Hash;

/// A key that other processes can be told, and that names the value in Redis.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {
    fn to_bytes(&self) -> Vec<u8>;
    /// `None` for what no process of this version has written.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<String> {
        String::from_utf8(bytes.to_vec()).ok()
    }
}

impl<const N: usize> Key for [u8; N] {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.try_into().ok()
    }
}

/// A value as bytes.
pub struct Codec<V> {
    /// Part of the keys. Raise it when the bytes change their meaning: two versions of the shop may run side by side.
    pub version: u32,
    pub encode: fn(&V) -> Vec<u8>,
    /// `None` makes it a miss.
    pub decode: fn(&[u8]) -> Option<V>,
}
