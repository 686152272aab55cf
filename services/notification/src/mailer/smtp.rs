//! Hands mails to a mail server over SMTP: rustls, a pool of connections, a limit on every wait.

use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use souk_db::Batch;

use super::{Mailer, Refused};
use crate::config::{ConfigError, Security, Smtp, sender};
use crate::domain::Mail;

pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    connections: u32,
}

impl SmtpMailer {
    /// Connects to nothing yet: a server that is down at the start may be up when the first mail is due.
    pub fn new(smtp: &Smtp, from: &str) -> Result<SmtpMailer, ConfigError> {
        let wrong = |what: &str| ConfigError::Smtp(what.to_owned());
        if smtp.connections == 0 || smtp.connections > 100 {
            return Err(wrong("connections must be from 1 to 100"));
        }
        if smtp.timeout_seconds == 0 || smtp.timeout_seconds > 50 {
            return Err(wrong("timeout_seconds must be from 1 to 50"));
        }
        if smtp.security == Security::None && smtp.password.is_some() && !is_this_machine(&smtp.host) {
            return Err(wrong("a password is not sent in clear over a network; set security"));
        }
        let parameters =
            || TlsParameters::new(smtp.host.clone()).map_err(|error| ConfigError::Smtp(error.to_string()));
        let tls = match smtp.security {
            Security::Starttls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::None => Tls::None,
        };
        let pool = PoolConfig::new().max_size(smtp.connections).idle_timeout(Duration::from_secs(30));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.clone())
            .port(smtp.port)
            .tls(tls)
            .pool_config(pool)
            .timeout(Some(Duration::from_secs(smtp.timeout_seconds)));
        match (&smtp.username, &smtp.password) {
            (Some(username), Some(password)) => {
                builder = builder.credentials(Credentials::new(username.clone(), password.clone()));
            }
            (None, None) => {}
            _ => return Err(wrong("username and password belong together")),
        }
        Ok(SmtpMailer { transport: builder.build(), from: sender(from)?, connections: smtp.connections })
    }

    fn message(&self, mail: &Mail) -> Result<Message, Refused> {
        let hopeless = |error: &dyn std::fmt::Display| Refused::Permanent(error.to_string());
        let to: Address = mail.recipient.parse().map_err(|error| hopeless(&error))?;
        let content = &mail.content;
        let created = Duration::from_millis(u64::try_from(mail.created_at.millis()).unwrap_or(0));
        let alternatives = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(content.body.clone()))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(content.html.clone()));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(content.subject.clone())
            .date(UNIX_EPOCH + created)
            .message_id(Some(mail.message_id(self.from.email.domain())))
            .header(AutoSubmitted)
            .multipart(alternatives)
            .map_err(|error| hopeless(&error))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn at_once(&self) -> u32 {
        self.connections
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Batch, Refused> {
        let message = self.message(mail)?;
        self.transport.send(message).await.map(|_| Batch::new()).map_err(|error| refused(&error))
    }
}

/// 5xx is for good, unless it is about us: who may not sign in today may after the password is mended.
fn refused(error: &SmtpError) -> Refused {
    let about_us = error.status().is_some_and(|code| [530, 534, 535, 538, 554].contains(&u16::from(code)));
    let text = std::iter::successors(std::error::Error::source(error), |source| source.source())
        .fold(error.to_string(), |text, source| format!("{text}: {source}"));
    if error.is_permanent() && !about_us { Refused::Permanent(text) } else { Refused::Transient(text) }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// RFC 3834: out-of-office replies stay away.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
