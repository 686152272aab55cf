//! Who in this process hears what the other processes tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::Redis;

/// Hears what other processes tell on a topic.
pub trait Listener: Send + Sync + 'static {
    /// Somebody has told this. It is called between two answers of Redis, so it must not block: whoever gets an
    /// answer afterwards relies on everything told before having been heard.
    fn heard(&self, message: &[u8]);

    /// The connection is new: what was told before it was up is unknown.
    fn missed(&self);

    /// Redis answers. Called when it comes back and about once a second, for what could not be told before.
    fn remind(&self, redis: &Redis);
}

/// The listeners of one connection, by topic.
#[derive(Default)]
pub(crate) struct Listeners {
    by_topic: RwLock<BTreeMap<String, Vec<Arc<dyn Listener>>>>,
}

impl Listeners {
    pub(crate) fn add(&self, topic: &str, listener: Arc<dyn Listener>) {
        self.by_topic.write().entry(topic.to_owned()).or_default().push(listener);
    }

    /// A message is `origin:topic:text`; what this process has told itself it knows already.
    pub(crate) fn hear(&self, own: &str, message: &[u8]) {
        let mut parts = message.splitn(3, |byte| *byte == b':');
        let (Some(origin), Some(topic), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return;
        };
        let Ok(topic) = std::str::from_utf8(topic) else { return };
        if origin == own.as_bytes() {
            return;
        }
        for listener in self.by_topic.read().get(topic).into_iter().flatten() {
            listener.heard(text);
        }
    }

    pub(crate) fn miss(&self) {
        self.by_topic.read().values().flatten().for_each(|listener| listener.missed());
    }

    pub(crate) fn remind(&self, redis: &Redis) {
        self.by_topic.read().values().flatten().for_each(|listener| listener.remind(redis));
    }
}
