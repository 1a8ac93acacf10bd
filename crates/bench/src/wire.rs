//! What goes over the wire: a forwarder that counts, on an address of this machine that devices do not take for near, so that
//! they pack what they send and ask for packed pages, as they do over a network.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes in both directions, heads and all.
#[derive(Debug, Default)]
pub struct Counted {
    up: AtomicU64,
    down: AtomicU64,
}

impl Counted {
    /// What went up and down since the last time that it was asked.
    pub fn taken(&self) -> (u64, u64) {
        (self.up.swap(0, Ordering::SeqCst), self.down.swap(0, Ordering::SeqCst))
    }
}

/// Forwards connections to a server of this machine. Gives the address to use; `None` where this machine has none but its loopback.
///
/// # Panics
/// When there is no port.
pub fn counting(server: &str) -> Option<(String, Arc<Counted>)> {
    let target: SocketAddr = server.strip_prefix("http://")?.parse().ok()?;
    let listener = TcpListener::bind((own_address()?, 0)).expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let counted = Arc::new(Counted::default());
    let counts = Arc::clone(&counted);
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(target) else { continue };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
            let (up, down) = (Arc::clone(&counts), Arc::clone(&counts));
            std::thread::spawn(move || forward(near, far, &up.up));
            std::thread::spawn(move || forward(far_too, near_too, &down.down));
        }
    });
    Some((address, counted))
}

/// An address of this machine that others could use. Nothing is sent to find it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address that is set aside for examples: the route to it is the one to everywhere.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}

fn forward(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut bytes = vec![0; 65_536];
    let _ = (|| -> io::Result<()> {
        loop {
            let read = from.read(&mut bytes)?;
            if read == 0 {
                return to.shutdown(Shutdown::Write);
            }
            count.fetch_add(read as u64, Ordering::SeqCst);
            to.write_all(&bytes[..read])?;
        }
    })();
}
