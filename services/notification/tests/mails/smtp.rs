//! Mails over SMTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use souk_db::Batch;
use souk_notification::domain::Mail;
use souk_notification::mailer::{Mailer, Refused, SmtpMailer};
use souk_notification::{NotificationConfig, Security, Smtp};
use souk_testkit::FakeSmtp;
use tokio::net::TcpListener;

use crate::support::{Shop, on_both, placed};

fn over(address: SocketAddr) -> NotificationConfig {
    let smtp = Smtp {
        host: address.ip().to_string(),
        port: address.port(),
        security: Security::None,
        username: None,
        password: None,
        timeout_seconds: 5,
        connections: 2,
    };
    NotificationConfig {
        smtp: Some(smtp),
        from: "Souk <orders@shop.example>".to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mail_waits_out_a_dead_smtp_server() {
    let address = dead().await;
    on_both(over(address), |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        let mut tries = 0;
        while tries == 0 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            tries = shop
                .number("select count(*) from mails where last_error is not null and state = $1", "pending")
                .await;
        }
        let page = shop.get("/v1/admin/mails?state=pending").await;
        assert!(
            page["items"][0]["last_error"].as_str().expect("an error").contains("not taken now"),
            "{page}"
        );
        let server = FakeSmtp::start(address, "250 ok").await;
        shop.clock.turn(Duration::from_secs(60));
        shop.mails_are("sent", 1).await;
        let messages = server.messages();
        assert_eq!(messages.len(), 1);
        let id = shop.get("/v1/admin/mails").await["items"][0]["id"].as_str().expect("an id").to_owned();
        for header in [
            &format!("Message-ID: <{id}@shop.example>"),
            "From: Souk <orders@shop.example>",
            "To: ada@example.com",
            "Subject: Your order SK-1001 at Souk",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
        ] {
            assert!(messages[0].contains(header), "{header} is not in {}", messages[0]);
        }
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_does_not_exist_is_not_tried_again() {
    let server = FakeSmtp::start("127.0.0.1:0".parse().expect("an address"), "550 no such user").await;
    on_both(over(server.address), |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        shop.mails_are("failed", 1).await;
        let page = shop.get("/v1/admin/mails?state=failed").await;
        assert!(
            page["items"][0]["last_error"].as_str().expect("an error").contains("no such user"),
            "{page}"
        );
        assert_eq!(page["items"][0]["attempts"], 1);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_busy_is_tried_until_the_attempts_are_used_up() {
    let server = FakeSmtp::start("127.0.0.1:0".parse().expect("an address"), "451 try later").await;
    let config = NotificationConfig { attempts_max: 3, ..over(server.address) };
    on_both(config, |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        for _ in 0..200 {
            if shop.number("select count(*) from mails where state = $1", "failed").await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            shop.clock.turn(Duration::from_secs(10));
        }
        let page = shop.get("/v1/admin/mails?state=failed").await;
        assert_eq!(page["items"][0]["attempts"], 3, "{page}");
        shop.close().await;
    })
    .await;
}

/// Hands over and then hangs once, as a process does that is killed before it can write that down.
struct DiesOnce {
    smtp: SmtpMailer,
    died: AtomicBool,
}

#[async_trait::async_trait]
impl Mailer for DiesOnce {
    fn name(&self) -> &'static str {
        "dies-once"
    }

    fn at_once(&self) -> u32 {
        1
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Batch, Refused> {
        let taken = self.smtp.hand_over(mail).await;
        if self.died.swap(true, Ordering::SeqCst) { taken } else { std::future::pending().await }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_handed_over_twice_around_a_crash_bears_one_message_id() {
    for database in souk_testkit::databases() {
        let server = FakeSmtp::start("127.0.0.1:0".parse().expect("an address"), "250 ok").await;
        let config = over(server.address);
        let smtp = SmtpMailer::new(config.smtp.as_ref().expect("set"), &config.from).expect("a mailer");
        let mailer: Arc<dyn Mailer> = Arc::new(DiesOnce { smtp, died: AtomicBool::new(false) });
        let shop = Shop::open(&database.config, config.clone(), Some(Arc::clone(&mailer))).await;
        shop.hear(&[shop.event(&placed(&shop))]).await;
        while server.messages().is_empty() {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        shop.mails_are("pending", 1).await;
        // The dead one's lease ends, and the next start takes the mail up.
        shop.clock.turn(Duration::from_secs(91));
        let again = Shop::open_beside(&shop, config, mailer);
        again.mails_are("sent", 1).await;
        let ids: Vec<_> = server
            .messages()
            .iter()
            .filter_map(|message| {
                message.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned)
            })
            .collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
    }
}

/// A port where nobody listens.
async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address")
}
