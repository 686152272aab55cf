//! Sentences about searching the catalog.

mod meaning;
mod quality;
mod sentences;
