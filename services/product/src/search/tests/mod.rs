//! Sentences about searching the catalog.

mod quality;
mod sentences;
