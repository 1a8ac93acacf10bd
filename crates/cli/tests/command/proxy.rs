//! The network between device and server, with somebody's hand on the cable. Bytes only: it knows of HTTP
//! that a reply follows a request, and where a push begins.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// What happens to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It passes.
    Open,
    /// Connections break at once.
    Cut,
    /// Connections are taken, and nothing ever passes.
    BlackHole,
    /// Something else answers, as in a hotel.
    Portal,
    /// A proxy answers that it does not reach the server.
    BadGateway,
    /// Somebody else orders that the device is wiped.
    ForgedOrder,
    /// It passes, as the call of an app of the next version of the protocol.
    NextProtocol,
    /// It passes, and the server's clock says the year 2099: what a device with a clock decades behind hears.
    Decades,
    /// So many replies of a hundred are cut off, after the server had the request.
    LoseReplies(u64),
    /// Requests pass, replies to a push do not; the first one is told to whoever listens.
    HoldPushReplies,
}

/// What passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// A push was on its way to the server.
    Push,
    /// The server's reply to a push came back.
    PushReply,
}

const PORTAL: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\nConnection: close\r\n\r\n\
                      <html>Welcome, guest!</html>";

const BAD_GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 26\r\n\
                           Connection: close\r\n\r\n<h1>502 Bad Gateway</h1>\r\n";

/// An order that is right in its form, and signed by another server.
fn forged_order() -> String {
    let body = include_str!("../../../protocol/golden/problem-wiped.json");
    let length = body.len();
    format!(
        "HTTP/1.1 410 Gone\r\nContent-Type: application/problem+json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

struct Shared {
    mode: Mode,
    target: SocketAddr,
    dice: u64,
    /// One clone of each end, to cut.
    ends: Vec<TcpStream>,
    passed: Option<Sender<Passed>>,
    cut_replies: u64,
    /// The tokens that passed, for whoever looks where else they stand.
    tokens: BTreeSet<String>,
}

/// A proxy in front of one server.
#[derive(Clone)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Proxy {
    /// A proxy that lets everything pass.
    pub fn start(target: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (mode, ends) = (Mode::Open, Vec::new());
        let shared =
            Shared { mode, target, dice: seed, ends, passed: None, cut_replies: 0, tokens: BTreeSet::new() };
        let proxy = Self { address, shared: Arc::new(Mutex::new(shared)) };
        let accepting = proxy.clone();
        thread::spawn(move || listener.incoming().flatten().for_each(|client| accepting.take(client)));
        proxy
    }

    /// As a device is told it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on; connections that are open end.
    pub fn set(&self, mode: Mode) {
        let mut shared = self.shared();
        shared.mode = mode;
        for end in shared.ends.drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Tells what passes from now on.
    pub fn listen(&self) -> Receiver<Passed> {
        let (sender, passed) = channel();
        self.shared().passed = Some(sender);
        passed
    }

    /// How many replies were cut off.
    pub fn cut_replies(&self) -> u64 {
        self.shared().cut_replies
    }

    /// The tokens that passed.
    pub fn tokens(&self) -> BTreeSet<String> {
        self.shared().tokens.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("nobody panics with it")
    }

    fn take(&self, mut client: TcpStream) {
        let mut shared = self.shared();
        match shared.mode {
            Mode::Cut => drop(client),
            // Kept open, never read.
            Mode::BlackHole => shared.ends.push(client),
            Mode::Portal | Mode::BadGateway | Mode::ForgedOrder => {
                let answer = match shared.mode {
                    Mode::Portal => PORTAL.to_owned(),
                    Mode::BadGateway => BAD_GATEWAY.to_owned(),
                    _ => forged_order(),
                };
                thread::spawn(move || {
                    let mut request = [0; 4096];
                    let _ = client.read(&mut request);
                    let _ = client.write_all(answer.as_bytes());
                });
            }
            Mode::Open
            | Mode::NextProtocol
            | Mode::Decades
            | Mode::LoseReplies(_)
            | Mode::HoldPushReplies => {
                let Ok(server) = TcpStream::connect(shared.target) else { return };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                shared.ends.extend([&client, &server].map(|end| end.try_clone().expect("a clone")));
                drop(shared);
                self.join(client, server);
            }
        }
    }

    fn join(&self, client: TcpStream, server: TcpStream) {
        let line = Arc::new(Mutex::new(Line::default()));
        let (back, from) = (server.try_clone().expect("a clone"), client.try_clone().expect("a clone"));
        let (up, asked) = (self.clone(), Arc::clone(&line));
        thread::spawn(move || up.copy(from, back, |proxy, bytes| proxy.request(&asked, bytes)));
        let down = self.clone();
        thread::spawn(move || down.copy(server, client, |proxy, _| proxy.reply(&line)));
    }

    /// Copies until an end, or until `pass` says that nothing more passes; then both ends are cut.
    fn copy(&self, mut from: TcpStream, mut to: TcpStream, mut pass: impl FnMut(&Self, &[u8]) -> Pass) {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            self.alter(&mut bytes[..read]);
            match pass(self, &bytes[..read]) {
                Pass::On if to.write_all(&bytes[..read]).is_ok() => {}
                Pass::Held => {}
                _ => break,
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Changes what passes, and its length never.
    fn alter(&self, bytes: &mut [u8]) {
        let (find, put): (&[u8], &[u8]) = match self.shared().mode {
            Mode::NextProtocol => (b" /v2/", b" /v3/"),
            Mode::Decades => (b"\"time\":\"20", b"\"time\":\"2099"),
            _ => return,
        };
        let places: Vec<usize> = bytes
            .windows(put.len())
            .enumerate()
            .filter(|(_, it)| it.starts_with(find))
            .map(|(at, _)| at)
            .collect();
        places.into_iter().for_each(|at| bytes[at..at + put.len()].copy_from_slice(put));
    }

    fn request(&self, line: &Mutex<Line>, bytes: &[u8]) -> Pass {
        let head = &bytes[..bytes.len().min(200)];
        let mut line = line.lock().expect("nobody panics with it");
        if head.starts_with(b"POST ") || head.starts_with(b"GET ") {
            let first = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
            self.shared().tokens.extend(token(bytes));
            let push = first.ends_with(b"/push HTTP/1.1");
            *line = Line { asked: true, push };
            if push {
                self.tell(Passed::Push);
            }
        }
        Pass::On
    }

    fn reply(&self, line: &Mutex<Line>) -> Pass {
        let mut line = line.lock().expect("nobody panics with it");
        let first = std::mem::take(&mut line.asked);
        let mode = self.shared().mode;
        match mode {
            Mode::LoseReplies(percent) if first && self.roll() % 100 < percent => {
                self.shared().cut_replies += 1;
                Pass::Off
            }
            Mode::HoldPushReplies if line.push => {
                if first {
                    self.tell(Passed::PushReply);
                }
                Pass::Held
            }
            _ => Pass::On,
        }
    }

    fn tell(&self, passed: Passed) {
        if let Some(sender) = &self.shared().passed {
            let _ = sender.send(passed);
        }
    }

    /// SplitMix64.
    fn roll(&self) -> u64 {
        let mut shared = self.shared();
        shared.dice = shared.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = shared.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// The token in the head of a request.
fn token(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let token = head.split("Bearer ").nth(1)?.split_whitespace().next()?;
    Some(token.to_owned())
}

/// One connection: whether a request waits for its reply, and of what kind the last one was.
#[derive(Default)]
struct Line {
    asked: bool,
    push: bool,
}

enum Pass {
    On,
    Held,
    Off,
}
