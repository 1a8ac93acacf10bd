//! A server on a free port with two workspaces: `shop` with ann, bob and the viewer vic, `elsewhere` with zoe.

use std::net::{Ipv4Addr, SocketAddr};

use fieldbook_crypto::Fresh;
use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{DeviceId, Schema, UserId, WallTime, WorkspaceId, json};
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use fieldbook_server::{Config, ServeError, serve};
use fieldbook_server_store::{AddUser, By, Data, Outer, Unlock};
use fieldbook_server_sync::Role;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::device::{Device, unique};
use crate::logs;

/// Everyone's password.
pub const PASSWORD: &str = "everyones-password";

const NOW: WallTime = WallTime(1_700_000_000_000);

pub struct World {
    pub address: SocketAddr,
    /// Where what is counted is read.
    pub metrics: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
    folder: TempDir,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_of(&schema(), change).await
    }

    /// The same people with other records.
    pub async fn start_of(schema: &Schema, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        populate(&folder, schema);
        Self::start_in(folder, change).await
    }

    #[expect(clippy::disallowed_methods, reason = "the server runs beside the test")]
    pub async fn start_in(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        logs::capture();
        let mut config = Config::new(folder.path().to_owned(), (Ipv4Addr::LOCALHOST, 0).into());
        change(&mut config);
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, listening) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(config, unlock(), stopped, |told| ready.send(told).expect("somebody who waits")).await
        });
        let told = listening.await.expect("a server that listens");
        Self { address: told.address, metrics: told.metrics, stop, serving, folder }
    }

    /// Its data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Stops the server in order and gives its folder back.
    pub async fn stop(self) -> TempDir {
        self.stop.send(()).expect("a server that runs");
        self.serving.await.expect("no panic").expect("an orderly end");
        self.folder
    }

    /// A new device of a user of `shop`.
    pub async fn device(&self, user: &str) -> Device {
        self.device_in("shop", user).await
    }

    /// A new device of a user of `elsewhere`.
    pub async fn device_elsewhere(&self, user: &str) -> Device {
        self.device_in("elsewhere", user).await
    }

    /// Signs `bob`'s device in once more.
    pub async fn sign_in_again(&self, device: &Device) -> SignInReply {
        let request = SignInRequest { device_id: device.id, ..sign_in_request("shop", "bob", PASSWORD) };
        let mut client = Client::connect(self.address).await;
        client.call("POST", "/v2/auth/sign-in", None, json::write(&request)).await.read()
    }

    async fn device_in(&self, workspace: &str, user: &str) -> Device {
        let mut client = Client::connect(self.address).await;
        let request = sign_in_request(workspace, user, PASSWORD);
        let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&request)).await;
        Device::new(client, request.device_id, reply.read())
    }
}

pub fn sign_in_request(workspace: &str, user: &str, password: &str) -> SignInRequest {
    SignInRequest {
        workspace: workspace.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
        device_id: DeviceId::v7(1_700_000_000_000, unique()),
        device_name: "a device".to_owned(),
        keys: None,
    }
}

pub fn sign_in_body(workspace: &str, user: &str, password: &str) -> String {
    json::write(&sign_in_request(workspace, user, password))
}

/// What opens a data folder: the key beside it.
pub fn unlock() -> Unlock {
    Unlock { outer: Outer::Beside, fresh: || Fresh::new([7; 32]) }
}

fn populate(folder: &TempDir, schema: &Schema) {
    let data = Data::open(folder.path(), &unlock()).expect("a data folder");
    for workspace in ["shop", "elsewhere"] {
        let id = WorkspaceId::v7(1_700_000_000_000, unique());
        data.create_workspace(workspace, schema, id, &By::operator("root"), NOW).expect("a workspace");
    }
    for (workspace, name, role) in [
        ("shop", "ann", Role::Member),
        ("shop", "bob", Role::Member),
        ("shop", "vic", Role::Viewer),
        ("elsewhere", "zoe", Role::Owner),
    ] {
        let user = AddUser {
            workspace: workspace.to_owned(),
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            role,
            id: UserId::v7(1_700_000_000_000, unique()),
            salt: [7; 16],
        };
        data.accounts().add_user(&user, &By::operator("root"), NOW).expect("a user");
    }
}

/// Notes with a text.
fn schema() -> Schema {
    let kind = Kind::Text { max: 100_000 };
    let text = Field::new("text", kind);
    let note = RecordType::new("note", vec![text]);
    Schema::new("notes", 1, vec![note], Vec::new())
}
