//! A call that the engine wants made. Whoever has the network makes it, and tells what comes of it.

use fieldbook_crypto::{DeviceKeys, ServerPublic};
use fieldbook_device_store::session::Call;
use fieldbook_device_sync::keys::sign_push;
use fieldbook_device_sync::wipe::Pinned;
use fieldbook_device_sync::{CallId, Reply};
use fieldbook_model::{DeviceId, WorkspaceId, json};
use fieldbook_protocol::{SIGNATURE, WAITING, schema};

/// What is to be done on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Make a call.
    Make(Outgoing),
    /// End one.
    Cancel(CallId),
}

/// A call, but for the server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its name, with which the answer is told.
    pub id: CallId,
    /// The path behind the server's address.
    pub path: String,
    /// Names and values. The token is in none of them.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent; a call without it is a GET.
    pub body: Option<String>,
}

/// Whose calls they are.
pub struct Caller {
    /// The workspace that they are about.
    pub workspace: WorkspaceId,
    /// The device as it signed in.
    pub device: DeviceId,
    /// What signs its pushes.
    pub keys: DeviceKeys,
    /// Whose orders it obeys: the server's of its first sign-in.
    pub server: ServerPublic,
}

impl Caller {
    /// Whose orders it obeys, and about what.
    pub fn pinned(&self) -> Pinned {
        Pinned { server: self.server, workspace: self.workspace, device: self.device }
    }

    /// A call as it goes out, and the reply that it will have. `waiting`: how many ops wait to be sent, for the server's operator.
    pub fn order(&self, call: Call, waiting: u64) -> (Order, Option<Reply>) {
        let waits = vec![(WAITING, waiting.to_string())];
        match call {
            Call::Push(id, body) => {
                let signed = sign_push(&self.keys, (self.workspace, self.device), &body);
                let signature = (SIGNATURE, signed.to_string());
                let headers = [waits, vec![signature]].concat();
                self.posts((id, Reply::to_push(id)), "push", (body, headers))
            }
            Call::Pull(id, request) | Call::Load(id, request) => {
                self.posts((id, Reply::to_pull(id)), request.path(), (json::write(&request), waits))
            }
            Call::Live(id, request) => {
                self.posts((id, Reply::to_live(id)), "live", (json::write(&request), waits))
            }
            Call::Common(id, body) => self.posts((id, Reply::to_common(id)), "common", (body, Vec::new())),
            Call::Schema(id, behind) => {
                let path = self.path(&schema::path(behind));
                let reply = Reply::to_schema(id);
                (made(id, path, &reply, (None, Vec::new())), Some(reply))
            }
            Call::Blob(id, ask) => {
                let (path, reply) = (self.path(&ask.path()), Reply::to_blob(id, ask.sum));
                (made(id, path, &reply, (None, vec![("range", ask.range())])), Some(reply))
            }
            Call::Cancel(id) => (Order::Cancel(id), None),
        }
    }

    fn posts(
        &self,
        (id, reply): (CallId, Reply),
        path: &str,
        (body, headers): (String, Vec<(&'static str, String)>),
    ) -> (Order, Option<Reply>) {
        let headers = [headers, vec![("content-type", "application/json".to_owned())]].concat();
        (made(id, self.path(path), &reply, (Some(body), headers)), Some(reply))
    }

    fn path(&self, end: &str) -> String {
        format!("/v2/workspaces/{}/{end}", self.workspace)
    }
}

fn made(
    id: CallId,
    path: String,
    reply: &Reply,
    (body, mut headers): (Option<String>, Vec<(&'static str, String)>),
) -> Order {
    headers.push(("accept", reply.wants().to_owned()));
    Order::Make(Outgoing { id, path, headers, body })
}
