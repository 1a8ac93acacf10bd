//! A network that keeps every byte which passes, and when a stream of it ended.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::wait;

/// Both directions of each connection, in the order in which they were opened.
type Kept = Arc<Mutex<Vec<[Vec<u8>; 2]>>>;

/// A proxy in front of one server.
pub struct Recorder {
    address: SocketAddr,
    kept: Kept,
    /// When the server ended a live stream.
    pub ended: Receiver<Instant>,
}

impl Recorder {
    /// A proxy that lets everything pass.
    pub fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (kept, (sender, ended)) = (Kept::default(), channel());
        let keeping = Arc::clone(&kept);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(target) else { continue };
                join(client, server, &keeping, &sender);
            }
        });
        Self { address, kept, ended }
    }

    /// As a device is told it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How much has passed so far: a place to look from.
    pub fn mark(&self) -> Vec<[usize; 2]> {
        let kept = self.kept.lock().expect("nobody panics with it");
        kept.iter().map(|both| both.each_ref().map(Vec::len)).collect()
    }

    /// What has passed since a place, without what HTTP puts between the parts of a body.
    pub fn since(&self, mark: &[[usize; 2]]) -> String {
        let kept = self.kept.lock().expect("nobody panics with it");
        let mut all = String::new();
        for (place, both) in kept.iter().enumerate() {
            let from = mark.get(place).copied().unwrap_or_default();
            for (bytes, from) in both.iter().zip(from) {
                let text = String::from_utf8_lossy(&bytes[from..]);
                assert!(!text.to_lowercase().contains("content-encoding"), "nothing is packed: {text}");
                all.push_str(&joined(&text));
                all.push('\n');
            }
        }
        all
    }
}

/// A body that came in parts, as one: a part begins with its length between two line ends.
fn joined(text: &str) -> String {
    let is_length = |part: &&str| part.len() <= 8 && part.chars().all(|it| it.is_ascii_hexdigit());
    text.split("\r\n").filter(|part| !is_length(part)).collect()
}

fn join(client: TcpStream, server: TcpStream, kept: &Kept, ended: &Sender<Instant>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let place = {
        let mut kept = kept.lock().expect("nobody panics with it");
        kept.push([Vec::new(), Vec::new()]);
        kept.len() - 1
    };
    let (from, to) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
    let up = Arc::clone(kept);
    thread::spawn(move || copy(from, to, |bytes| keep(&up, place, 0, bytes)));
    let (down, ended) = (Arc::clone(kept), ended.clone());
    thread::spawn(move || {
        copy(server, client, |bytes| {
            keep(&down, place, 1, bytes);
            if bytes.ends_with(LAST_PART) && listens(&down, place) {
                let _ = ended.send(wait::now());
            }
        });
    });
}

/// What ends a body that came in parts; the connection may go on.
const LAST_PART: &[u8] = b"0\r\n\r\n";

/// Whether the last request of a connection was for a live stream.
fn listens(kept: &Kept, place: usize) -> bool {
    let asked = kept.lock().expect("nobody panics with it")[place][0].clone();
    let asked = String::from_utf8_lossy(&asked).into_owned();
    asked.lines().rfind(|line| line.ends_with("HTTP/1.1")).is_some_and(|line| line.contains("/live"))
}

fn keep(kept: &Kept, place: usize, way: usize, bytes: &[u8]) {
    kept.lock().expect("nobody panics with it")[place][way].extend_from_slice(bytes);
}

fn copy(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        // Kept first: what a device has acted upon is never missing here.
        keep(&bytes[..read]);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
