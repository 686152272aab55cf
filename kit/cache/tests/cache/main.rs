//! What whoever declares a cached thing may rely on.

mod manners;
mod outages;
mod replicas;
mod support;
