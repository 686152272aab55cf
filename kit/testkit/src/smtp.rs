//! A mail server on loopback, as small as can be, that can refuse.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Runs until dropped.
pub struct FakeSmtp {
    pub address: SocketAddr,
    /// The messages that it took, whole.
    pub taken: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl FakeSmtp {
    /// `to_recipients` is what it answers to `RCPT TO`.
    pub async fn start(at: SocketAddr, to_recipients: &'static str) -> FakeSmtp {
        let listener = TcpListener::bind(at).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let taken: Arc<Mutex<Vec<String>>> = Arc::default();
        let all = Arc::clone(&taken);
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(talk(socket, Arc::clone(&all), to_recipients));
            }
        });
        FakeSmtp { address, taken, serving }
    }

    pub fn messages(&self) -> Vec<String> {
        self.taken.lock().expect("unpoisoned").clone()
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn talk(socket: TcpStream, taken: Arc<Mutex<Vec<String>>>, to_recipients: &str) -> Option<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 fake ESMTP\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-fake\r\n250 8BITMIME",
            "RCPT" => to_recipients,
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut message = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    message.push_str(&line);
                    message.push('\n');
                }
                taken.lock().expect("unpoisoned").push(message);
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
