//! What happens, one happening after the other, in the order of a virtual clock. Here: the world, and what
//! people and the faults do to it. `time` plays it; a call and its reply are in `device_side` and
//! `server_side`.

mod answers;
mod around;
mod befalling;
mod damage;
mod deceiving;
mod device_side;
mod doing;
mod forgetting;
mod inviting;
mod leasing;
mod members;
mod parts;
mod restoring;
mod schemas;
mod server_side;
mod signed;
mod time;
mod torn;
mod twin;
mod wiping;
mod wire;

use std::collections::BTreeMap;

use fieldbook_crypto::Signature;
use fieldbook_device_store::Identity;
use fieldbook_device_store::session::{self, Call};
use fieldbook_device_sync::backoff::Dice;
use fieldbook_device_sync::wipe::Known;
use fieldbook_device_sync::{CallId, Conditions, Input, Now};
use fieldbook_model::{DeviceId, Epoch, Schema, UserId, Version, WallTime, WorkspaceId};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::{PushRequest, WipedRequest};
use fieldbook_server_sync::Role;

pub use self::deceiving::Deceit;
pub use self::doing::Doing;
pub use self::leasing::Passed;
use self::restoring::Backup;
pub use self::signed::{keys, secret};
pub use self::wiping::{Given, Orders, Phone};
use self::wire::{Line, Part};
use crate::checks::Checks;
use crate::device::Device;
use crate::history;
use crate::home::Home;
use crate::long::Long;
use crate::network::{Faults, happens};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::schema::schema;
use crate::server::{Server, Sizes};
use crate::story::Story;

/// When the world begins, by the true wall clock.
const BEGIN: i64 = 1_790_000_000_000;
/// After all faults end, everything must be level within this (I17).
pub const SETTLE_MS: u64 = 60_000;

/// A world.
pub struct World {
    /// All its chance.
    pub dice: Dice,
    /// What may go wrong.
    pub faults: Faults,
    /// The virtual clock.
    pub now_ms: u64,
    /// The record types, of the version in force.
    pub schema: &'static Schema,
    /// The server.
    pub server: Server,
    /// The devices.
    pub devices: Vec<Device>,
    /// What happened.
    pub story: Story,
    /// What was checked.
    pub checks: Checks,
    /// The second opinion.
    pub oracle: Oracle,
    /// What is held in its place in a world of long days.
    pub long: Option<Long>,
    /// Up to where somebody said that a backup has everything, in a world of long days.
    pub backed_up: Version,
    /// What it was in histories that the server has lost.
    pub lost: Vec<Oracle>,
    /// A server that gets each op alone, until history is lost.
    twin: Option<Server>,
    /// Whether everything ever slept for a long time.
    pub leapt: bool,
    backup: Option<Backup>,
    older: Option<Backup>,
    queue: BTreeMap<(u64, u64), Happening>,
    serial: u64,
    /// Pushes that the server has received and not yet decided.
    inbox: Vec<(Line, PushRequest)>,
    /// Nobody answers for the server until then.
    down_until_ms: u64,
    /// The server asks everybody to come back then.
    busy_until_ms: u64,
    /// No answer asked for a wait beyond this.
    last_wait_ms: u64,
    /// Orders to wipe a device, and what became of them.
    pub orders: Orders,
    /// How many were invited.
    invited: u64,
    /// How often several members said at once who is what.
    at_once: u64,
    /// Live streams: up to where each was told, and when its last part arrives.
    streams: BTreeMap<(usize, CallId), Stream>,
}

struct Stream {
    line: Line,
    /// What was asked for; its cursor is what was told last.
    asked: PullRequest,
    arrives_ms: u64,
}

enum Happening {
    Wake(usize),
    NetworkBack(usize),
    Flap {
        device: usize,
        times: u64,
    },
    SignsIn(usize),
    /// A device is switched on.
    Starts(usize),
    /// One that is being wiped is.
    PhoneStarts(usize),
    PhoneSays(usize, Box<WipedRequest>),
    CopyReturns(usize, Box<(Home, Known)>),
    AtServer {
        line: Line,
        request: Box<Call>,
        signature: Option<Box<Signature>>,
    },
    Decide,
    AtDevice {
        line: Line,
        part: Part,
    },
}

impl World {
    /// A world of some devices, all signed in, with an empty workspace.
    pub fn new(seed: u64, devices: usize, told: bool) -> Self {
        Self::of(schema(), seed, devices, told)
    }

    /// The same of other record types.
    pub fn of(schema: &'static Schema, seed: u64, devices: usize, told: bool) -> Self {
        Self::sized(schema, Sizes::SMALL, (seed, devices), told)
    }

    /// The same, with other limits on what travels: of a seed, and of so many devices.
    pub fn sized(schema: &'static Schema, sizes: Sizes, (seed, devices): (u64, usize), told: bool) -> Self {
        history::begin(devices);
        let mut dice = Dice(seed);
        let workspace = WorkspaceId::v7(1, bytes(&mut dice));
        let limits = sizes.limits;
        let mut server = Server::new(workspace, schema, sizes);
        let (mut all, mut users) = (Vec::new(), Vec::new());
        for place in 0..devices {
            let (device, user) = (DeviceId::v7(1, bytes(&mut dice)), UserId::v7(1, bytes(&mut dice)));
            // The fourth is another device of the second one's user.
            let (whose, user) = match place {
                3 => (1, users[1]),
                _ => (place, user),
            };
            users.push(user);
            let (role, name) = (role(place), format!("user {whose}"));
            server.register(device, user, role.clone(), &name);
            let identity = Identity {
                workspace_id: workspace,
                workspace: "world".into(),
                user_id: user,
                user: name,
                device_id: device,
                role: role.to_string(),
                schema: schema.clone(),
                limits,
                epoch: Epoch(1),
            };
            all.push(Device::new(place, &identity, &mut dice));
        }
        let mut world = Self {
            dice,
            faults: Faults::none(),
            now_ms: 0,
            oracle: Oracle::new(schema, limits),
            long: None,
            backed_up: Version::ZERO,
            lost: Vec::new(),
            twin: None,
            leapt: false,
            backup: None,
            older: None,
            schema,
            server,
            devices: all,
            story: Story::new(told),
            checks: Checks::default(),
            queue: BTreeMap::new(),
            serial: 0,
            inbox: Vec::new(),
            down_until_ms: 0,
            busy_until_ms: 0,
            last_wait_ms: 0,
            orders: Orders::default(),
            invited: 0,
            at_once: 0,
            streams: BTreeMap::new(),
        };
        (0..devices).for_each(|device| world.begin(device));
        world
    }

    /// The world of a plan, with its faults.
    pub fn planned(schema: &'static Schema, plan: &Plan, told: bool) -> Self {
        let mut world = Self::of(schema, plan.seed, plan.devices as usize, told);
        world.faults = plan.faults.clone();
        if plan.wiping > 0 || plan.lease_s > 0 {
            world.keep_accounts(plan.lease_s);
        }
        world.tell(&format!("a world: {plan}"));
        world
    }

    /// The true wall clock.
    pub fn wall(&self) -> WallTime {
        WallTime(BEGIN + i64::try_from(self.now_ms).unwrap_or(i64::MAX))
    }

    /// The time as a device has it.
    pub fn moment(&self, device: usize) -> Now {
        let wall = WallTime(self.wall().0 + self.devices[device].clock_off_ms);
        Now { mono_ms: self.now_ms, wall }
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, line: &str) {
        self.story.tell(self.now_ms, line);
    }
}

/// People, and what befalls a device.
impl World {
    /// A device is killed and starts again. Whatever its store holds is all it has.
    pub fn kill(&mut self, device: usize) {
        self.checks.count("fault: a device starts again");
        let line = format!("{} is killed", self.devices[device].name);
        self.tell(&line);
        self.devices[device].die(&mut self.dice);
        self.check_device(device);
        self.begin(device);
    }

    /// A device loses its network for a while. Its streams break without a word.
    pub fn offline(&mut self, device: usize, ms: u64) {
        self.checks.count("fault: a device loses its network");
        let line = format!("{} is offline for {} s", self.devices[device].name, ms / 1000);
        self.tell(&line);
        let until = self.now_ms.saturating_add(ms);
        let it = &mut self.devices[device];
        it.offline_until_ms = it.offline_until_ms.max(until);
        self.streams.retain(|(of, _), _| *of != device);
    }

    /// A device may lose its network, at most for so long, and may be killed.
    pub fn befalls(&mut self, device: usize, away_ms_max: u64) {
        let (partition, kill) = (self.faults.partition, self.faults.kill);
        if happens(&mut self.dice, partition) {
            let ms = 1_000 + self.dice.roll() % away_ms_max;
            self.offline(device, ms);
        }
        if happens(&mut self.dice, kill / 2) {
            self.kill(device);
        }
        self.befalls_connections(device);
    }

    /// Some time passes between what people do: none, a moment, or up to so much.
    pub fn pauses(&mut self, ms_max: u64) {
        let pause = match self.dice.roll() % 3 {
            0 => 0,
            1 => self.dice.roll() % 300,
            _ => self.dice.roll() % ms_max,
        };
        self.play_for(pause);
    }

    /// Every fault ends.
    pub fn heal(&mut self) {
        self.tell("every fault ends");
        self.faults = Faults { delay_ms_max: 20, ..Faults::none() };
        let now_ms = self.now_ms;
        self.devices.iter_mut().for_each(|device| device.offline_until_ms = now_ms);
        (0..self.devices.len()).for_each(|device| self.surround(device, Conditions::default()));
        (0..self.devices.len()).for_each(|device| self.signs_in(device));
        self.readmit();
        // Whoever was removed is let in only now.
        (0..self.devices.len()).for_each(|device| self.signs_in(device));
        for device in 0..self.devices.len() {
            self.unlocks(device);
        }
    }

    fn begin(&mut self, device: usize) {
        if !self.is_opened(device) {
            return;
        }
        // A shell knows what surrounds it before it opens anything.
        self.input(device, Input::Conditions(self.devices[device].conditions));
        let begin = session::begin(&mut self.devices[device].store).expect("BUG: a store in memory");
        self.input(device, begin);
    }
}

/// The first is the owner's, the fifth only looks on. An owner may say otherwise.
fn role(place: usize) -> Role {
    match place {
        0 => Role::Owner,
        4 => Role::Viewer,
        _ => Role::Member,
    }
}

/// Random bytes.
pub fn bytes<const N: usize>(dice: &mut Dice) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.fill_with(|| dice.roll() as u8);
    bytes
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(3000).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
