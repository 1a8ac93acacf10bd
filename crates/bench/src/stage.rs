//! What a benchmark plays on: a real server on disk behind real HTTP, and devices signed in to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fieldbook_crypto::Fresh;
use fieldbook_device::{Device, NoHolders, SignIn, Trust, Until, sign_in};
use fieldbook_model::{DeviceId, Schema, UserId, WallTime, WorkspaceId};
use fieldbook_server::Config;
use fieldbook_server_store::accounts::AddUser;
use fieldbook_server_store::{By, Data, Outer, SqliteStore, Unlock};
use fieldbook_server_sync::{Principal, Role};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Notify, oneshot};

use crate::shop::schema;

/// A server with one workspace, and a folder for devices.
pub struct Stage {
    runtime: Runtime,
    address: String,
    folder: TempDir,
    workspace: WorkspaceId,
    stop: Option<oneshot::Sender<()>>,
    password: String,
}

impl Stage {
    /// Starts a server in this process, on a port of the system's choice, with its data on disk.
    ///
    /// # Panics
    /// When it does not start.
    pub fn new() -> Self {
        Self::of(&schema(), |_, _| ())
    }

    /// The same with other records, and with what is written into the store before the server starts, in the name of
    /// a device of ann's.
    ///
    /// # Panics
    /// When it does not start.
    pub fn of(schema: &Schema, fill: impl FnOnce(&mut SqliteStore, Principal)) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(target()).expect("a folder");
        let (workspace, user) = (WorkspaceId::v7(1, random()), UserId::v7(1, random()));
        let password: String = random::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
        let data = Data::open(&folder.path().join("server"), &unlock()).expect("a data folder");
        data.create_workspace("shop", schema, workspace, &By::operator("bench"), WallTime(0))
            .expect("a workspace");
        let ann = AddUser {
            workspace: "shop".into(),
            name: "ann".into(),
            password: password.clone(),
            role: Role::Member,
            id: user,
            salt: random(),
        };
        data.accounts().add_user(&ann, &By::operator("bench"), WallTime(0)).expect("a user");
        let device = DeviceId::v7(1, random());
        let principal = Principal { user, device, workspace, role: Role::Member, name: "ann".into() };
        fill(&mut data.open_store(workspace).expect("a store"), principal);
        drop(data);
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, address) = std::sync::mpsc::channel();
        let config = Config::new(folder.path().join("server"), ([127, 0, 0, 1], 0).into());
        runtime.spawn(async move {
            let stopped = async move { stopped.await.unwrap_or(()) };
            fieldbook_server::serve(config, unlock(), stopped, |told| ready.send(told.address).unwrap_or(()))
                .await
        });
        let address = format!("http://{}", address.recv().expect("the server starts"));
        Self { runtime, address, folder, workspace, stop: Some(stop), password }
    }

    /// Signs a new device in.
    ///
    /// # Panics
    /// When that fails.
    pub fn device(&self, name: &str) -> Arc<Device> {
        self.device_at(name, self.address.clone())
    }

    /// The same by another address of the server.
    ///
    /// # Panics
    /// When that fails.
    pub fn device_at(&self, name: &str, server: String) -> Arc<Device> {
        let home = self.folder.path().join(name);
        let ask = SignIn {
            home: home.clone(),
            server,
            trust: Trust::default(),
            workspace: "shop".into(),
            user: "ann".into(),
            password: self.password.clone(),
            device_name: name.into(),
            server_key: fieldbook_device::ServerPin::AsBefore,
            keys: fieldbook_device::Hold::File,
        };
        self.runtime.block_on(sign_in(ask, &NoHolders)).expect("a sign-in");
        Arc::new(Device::open(&home, &NoHolders).expect("a home"))
    }

    /// Runs a device's sync loop on this thread until it is level.
    ///
    /// # Panics
    /// When that fails.
    pub fn level(&self, device: &Device) {
        let until = Until::Level { patience: std::time::Duration::from_secs(60) };
        device.sync(self.runtime.handle(), until, &Notify::new(), |_| ()).expect("a sync");
    }

    /// Runs a device's sync loop on a thread of its own until the guard is dropped.
    pub fn syncing(&self, device: &Arc<Device>) -> Syncing {
        Syncing::start(self.runtime.handle().clone(), device)
    }

    /// The server's own file of the workspace, to count in from outside.
    ///
    /// # Errors
    /// When it does not open.
    pub fn database(&self) -> Result<Connection, String> {
        crate::rest::open(&self.folder.path().join("server"), &format!("{}.db", self.workspace))
    }

    /// The name and the password of its one user.
    pub fn sign_in(&self) -> (&str, &str) {
        ("ann", &self.password)
    }

    /// Where the server listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder of this stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where calls run.
    pub fn handle(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Waits for a future on the stage's runtime.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// A sync loop that runs until this is dropped.
pub struct Syncing {
    stop: Arc<Notify>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Syncing {
    /// Starts a device's sync loop.
    pub fn start(runtime: Handle, device: &Arc<Device>) -> Self {
        let (stop, device) = (Arc::new(Notify::new()), Arc::clone(device));
        let stopper = Arc::clone(&stop);
        // The name shows in a profile.
        let thread = std::thread::Builder::new().name("sync".into()).spawn(move || {
            device.sync(&runtime, Until::Stopped, &stopper, |_| ()).expect("a sync");
        });
        Self { stop, thread: Some(thread.expect("a thread")) }
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The build's own folder: on the same disk as the project, not in memory.
fn target() -> PathBuf {
    let here = std::env::current_exe().expect("the benchmark's own place");
    here.parent().map(Path::to_owned).expect("a folder")
}

/// What opens the server's data folder: the key beside it.
fn unlock() -> Unlock {
    Unlock { outer: Outer::Beside, fresh: || Fresh::new(random()) }
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes
}
