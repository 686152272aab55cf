//! Sentences about the mails of the shop, each told on both databases.

mod mailbox;
mod receiver;
mod sending;
mod smtp;
mod staff;
mod support;
mod webhooks;
mod writing;
