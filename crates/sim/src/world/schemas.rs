//! The schema gets newer: in the workspace, and on each device in its own time.

use fieldbook_device_store::Follow;
use fieldbook_device_sync::Input;
use fieldbook_model::{Schema, json};
use fieldbook_protocol::schema::{Released, SchemaReply};

use super::World;

impl World {
    /// The workspace is brought to the next version, which comes into force as another: with what was dropped.
    pub fn upgrade(&mut self, declared: &Schema, in_force: &'static Schema) {
        let before = self.server.head();
        let at = self.server.upgrade(declared);
        self.checks.count("fault: the schema gets newer");
        self.tell(&format!("the workspace has version {} of its schema from {at} on", declared.version));
        self.oracle.upgrade(in_force);
        self.schema = in_force;
        if self.devices.iter().any(|device| device.promised.len() > self.answered(device.place)) {
            self.checks.count("I36 the schema gets newer while ops wait");
        }
        if self.oracle.conflicts(fieldbook_model::Version(u64::MAX)).values().any(|seen| seen.state == "open")
        {
            self.checks.count("I36 the schema gets newer while conflicts are open");
        }
        self.check_server(before);
        (0..self.devices.len()).for_each(|device| self.check_device(device));
        self.stream();
    }

    fn answered(&self, device: usize) -> usize {
        let promised = &self.devices[device].promised;
        promised.iter().filter(|(_, op)| self.oracle.answers.contains_key(&op.op_id)).count()
    }

    /// The version of the schema that a device has.
    pub fn version_of(&self, device: usize) -> u32 {
        self.devices[device].store.identity().schema.version
    }

    /// A device's app is updated, or keeps its own version of the schema.
    pub fn follow(&mut self, device: usize, follow: Follow) {
        let line = format!("{} follows {follow:?}", self.devices[device].name);
        self.tell(&line);
        self.devices[device].store.follow(follow).expect("BUG: a note");
        self.input(device, Input::SyncNow);
    }

    /// A device gets the next version before its workspace does.
    pub fn runs_ahead(&mut self, device: usize, declared: &Schema) {
        let epoch = self.devices[device].store.identity().epoch;
        let at = fieldbook_model::Version(u64::MAX >> 1);
        let schemas =
            vec![Released { at, hash: fieldbook_model::chain::Hash::ZERO, schema: declared.clone() }];
        let reply = SchemaReply { epoch, schemas };
        self.devices[device].store.upgrade(&reply).expect("BUG: a version that does not follow");
        let line = format!("{} runs ahead with version {}", self.devices[device].name, declared.version);
        self.tell(&line);
        self.checks.count("I36 a device is newer than its server");
    }

    /// A device is brought to the version of its workspace, whatever else is on its way to it.
    pub fn catches_up(&mut self, device: usize) {
        let reply = self.server.schemas(self.version_of(device));
        let reply: SchemaReply = json::parse(&reply).expect("BUG: our own schemas");
        self.devices[device].store.upgrade(&reply).expect("BUG: a version that does not follow");
        self.has_upgraded(device);
    }

    /// After a device's store was brought to a newer version.
    pub(super) fn has_upgraded(&mut self, device: usize) {
        let version = self.version_of(device);
        let line = format!("{} has version {version} of the schema", self.devices[device].name);
        self.tell(&line);
        let it = &mut self.devices[device];
        let facts = it.store.facts().expect("BUG: facts");
        if facts.pending() > 0 {
            self.checks.count("I36 a device upgrades with ops that wait");
        }
        if facts.cursor.version < it.highest.version {
            it.rereads = Some(facts.cursor.version);
            self.checks.count("I36 a device reads again what it was told under an older version");
        }
        self.check_device(device);
    }
}
