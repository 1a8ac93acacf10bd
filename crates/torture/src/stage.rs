//! Everything of one run: a folder, the server, devices with their loops, and a proxy before each.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::args::Folders;
use crate::device::{Device, PASSWORD, WORKSPACE, well};
use crate::disk::Disk;
use crate::fault::Target;
use crate::finding::{Finding, Kind};
use crate::journal::Journal;
use crate::look::{Look, SQL};
use crate::program::{self, End, Program, text};
use crate::proxy::Proxy;
use crate::service::Service;
use crate::shop::Shop;

/// What a run needs.
pub struct Stage {
    pub folder: PathBuf,
    pub program: Program,
    pub journal: Journal,
    pub server: Mutex<Service>,
    address: Mutex<SocketAddr>,
    /// Those that act.
    pub devices: Vec<Device>,
    /// The one that loaded the shop, and is away while the others act.
    pub office: Device,
    pub loops: Vec<Mutex<Service>>,
    /// One for each that acts, and the office's.
    pub proxies: Vec<Proxy>,
    pub disks: Vec<(Target, Disk)>,
    /// What everybody saw when the shop opened.
    pub begin: Look,
    /// How many calls of each device said that they failed.
    failures: Vec<AtomicUsize>,
    /// What was found wrong so far.
    findings: Mutex<Vec<Finding>>,
}

/// The users of the shop; devices take turns.
const USERS: [&str; 2] = ["ann", "ben"];

/// How long a server may take to say where it listens.
const SERVES_WITHIN: Duration = Duration::from_secs(20);

/// For a moment and never across a call that waits for others.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a stage is built from.
pub struct Setting<'s> {
    pub program: &'s Program,
    /// The repository, for the app's schema.
    pub root: &'s Path,
    pub shop: &'s Shop,
    pub folders: Folders,
}

impl Stage {
    /// A server with empty data, the shop, and devices that have all of it. Nothing syncs yet.
    pub fn build(
        setting: &Setting<'_>,
        folder: &Path,
        devices: usize,
        small: &[Target],
    ) -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        fs::create_dir_all(folder).map_err(said)?;
        let disks =
            small.iter().map(|target| Ok((*target, Disk::mount(&place(folder, *target)).map_err(said)?)));
        let disks = disks.collect::<Result<Vec<_>, String>>()?;
        let program = setting.program.clone();
        let (address, server) = open(setting, folder)?;
        let device = |name: String, home: PathBuf| Device { name, home, program: program.clone() };
        let home = |number| place(folder, Target::Device(number)).join("home");
        let mut stage = Self {
            folder: folder.to_owned(),
            journal: Journal::create(&folder.join("journal.txt")).map_err(said)?,
            server: Mutex::new(server),
            address: Mutex::new(address),
            devices: (0..devices).map(|number| device(format!("d{number}"), home(number))).collect(),
            office: device("office".to_owned(), folder.join("office")),
            loops: (0..devices)
                .map(|number| Mutex::new(Service::new(folder, &format!("loop-d{number}"))))
                .collect(),
            proxies: (0..=devices).map(|_| Proxy::start(address)).collect::<Result<_, _>>().map_err(said)?,
            disks,
            begin: Look::default(),
            failures: (0..devices).map(|_| AtomicUsize::new(0)).collect(),
            findings: Mutex::default(),
            program,
        };
        stage.move_in(setting.shop)?;
        Ok(stage)
    }

    /// Everybody signs in, and gets the shop.
    fn move_in(&mut self, shop: &Shop) -> Result<(), String> {
        self.office.sign_in(&self.proxies[self.devices.len()].url(), USERS[0])?;
        let loaded = program::run(&mut self.office.call(&["act", "-", "--json"]), &shop.lines, None);
        well(loaded.map_err(|error| error.to_string())?, "the shop's data")?;
        well(self.office.run(&["sync", "--wait"])?, "the office's sync")?;
        self.begin = look(&self.office)?;
        let one = |number: usize| -> Result<(), String> {
            let device = &self.devices[number];
            device.sign_in(&self.proxies[number].url(), USERS[number % USERS.len()])?;
            well(device.run(&["sync", "--wait", "--timeout", "30"])?, "the first sync").map(drop)
        };
        thread::scope(|scope| {
            let ones: Vec<_> =
                (0..self.devices.len()).map(|number| scope.spawn(move || one(number))).collect();
            ones.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| Err("a panic".to_owned())))
        })
    }

    /// Where the server is now, without a proxy.
    pub fn url(&self) -> String {
        format!("http://{}", lock(&self.address))
    }

    /// The server's data.
    pub fn data(&self) -> PathBuf {
        place(&self.folder, Target::Server).join("data")
    }

    /// A user, for one more device.
    pub fn user(&self) -> &'static str {
        USERS[1]
    }

    /// Starts the loop of a device.
    pub fn start_loop(&self, number: usize) {
        let mut command = self.devices[number].call(&["sync"]);
        if let Err(error) = lock(&self.loops[number]).start(&mut command) {
            self.find(Kind::Other, format!("the loop of d{number} does not start: {error}"));
        }
    }

    /// Starts the server again, at another port: proxies lead there.
    pub fn start_server(&self) {
        let served = serve(&self.program, &self.data(), &mut lock(&self.server));
        match served {
            Ok(address) => {
                *lock(&self.address) = address;
                self.proxies.iter().for_each(|proxy| proxy.lead_to(address));
            }
            Err(words) => self.find(Kind::Other, words),
        }
    }

    /// Something is wrong.
    pub fn find(&self, kind: Kind, words: impl Into<String>) {
        let finding = Finding::new(kind, words);
        self.journal.note(format_args!("WRONG ({}): {}", kind.name(), finding.words));
        lock(&self.findings).push(finding);
    }

    /// All that is wrong.
    pub fn findings(&self) -> Vec<Finding> {
        lock(&self.findings).clone()
    }

    /// A call of a device said that it failed.
    pub fn fail(&self, number: usize) {
        self.failures[number].fetch_add(1, Ordering::Relaxed);
    }

    /// How often a call of a device said so.
    pub fn failed(&self, number: usize) -> usize {
        self.failures[number].load(Ordering::Relaxed)
    }

    /// The service of a target.
    pub fn service(&self, target: Target) -> &Mutex<Service> {
        match target {
            Target::Server => &self.server,
            Target::Device(number) => &self.loops[number],
        }
    }

    /// A service should run. One that ended by itself is started again, as a supervisor would, and told: nothing is a
    /// reason to end but a disk that was full before it could begin.
    pub fn tend(&self, target: Target) {
        let (name, begun, ended) = {
            let mut service = lock(self.service(target));
            (service.name.clone(), service.has_begun(), service.ended())
        };
        let Some(end) = ended else { return };
        let found_no_room = !begun && end == End::Code(1) && !self.disks.is_empty();
        if !found_no_room {
            self.find(Kind::Other, format!("{name} ended by itself with {end:?}"));
        }
        self.start(target);
    }

    /// Starts the service of a target.
    pub fn start(&self, target: Target) {
        match target {
            Target::Server => self.start_server(),
            Target::Device(number) => self.start_loop(number),
        }
    }

    /// Asks a service to end, which it must do with 0 once it has begun.
    pub fn terminate(&self, target: Target) {
        let (name, begun, ended) = {
            let mut service = lock(self.service(target));
            (service.name.clone(), service.has_begun(), service.terminate())
        };
        let before_it_began = !begun && ended == Some(End::Killed);
        if ended != Some(End::Code(0)) && !before_it_began {
            self.find(Kind::Other, format!("{name} was asked to end, and ended with {ended:?}"));
        }
    }
}

/// What a device shows.
pub fn look(device: &Device) -> Result<Look, String> {
    let lines = device.lines(&["query", "--json", SQL])?;
    Look::of(lines.iter().map(String::as_str))
}

/// The folder, and maybe the disk, of a target.
fn place(folder: &Path, target: Target) -> PathBuf {
    match target {
        Target::Server => folder.join("server"),
        Target::Device(number) => folder.join(format!("d{number}")),
    }
}

/// A data folder with a workspace and its users, and a server that serves it.
fn open(setting: &Setting<'_>, folder: &Path) -> Result<(SocketAddr, Service), String> {
    let data = place(folder, Target::Server).join("data");
    let schema = setting.root.join("apps/counter/schema.toml");
    let add = ["admin", "workspace", "add", WORKSPACE, "--schema", text(&schema), "--data", text(&data)];
    done(&mut setting.program.call(add))?;
    for user in USERS {
        let add = ["admin", "user", "add", user, "--role", "member", "--workspace", WORKSPACE];
        let mut add = setting.program.call(add.into_iter().chain(["--data", text(&data)]));
        done(add.env("FIELDBOOK_PASSWORD", PASSWORD))?;
    }
    let mut server = Service::new(folder, "server");
    let address = serve(setting.program, &data, &mut server)?;
    Ok((address, server))
}

fn done(command: &mut Command) -> Result<(), String> {
    let outcome = program::run(command, "", None).map_err(|error| error.to_string())?;
    well(outcome, "admin").map(drop)
}

fn serve(program: &Program, data: &Path, server: &mut Service) -> Result<SocketAddr, String> {
    let mut command = program.call(["serve", "--data", text(data), "--listen", "127.0.0.1:0"]);
    server.start(&mut command).map_err(|error| format!("the server does not start: {error}"))?;
    let line = server.first_line(SERVES_WITHIN).unwrap_or_default();
    let address = line.rsplit("http://").next().and_then(|address| address.parse().ok());
    address.ok_or_else(|| format!("the server does not serve: {line:?} {}", server.said()))
}
