//! Devices that make ops with a correct hash chain, and a small schema for them. Never a clock or randomness.

use fieldbook_model::chain::Hash;
use fieldbook_model::op::{About, Choice, Resolution, Take};
use fieldbook_model::schema::{
    Action, DISCARD, Field, Kind, Merge, OnDelete, RESOLVE, RecordType, UNDO, Unique,
};
use fieldbook_model::{
    Change, Cursor, DeviceId, Epoch, Fields, Hlc, Json, Op, OpId, Payload, RecordId, Schema, SealedOp, Seq,
    UserId, Version, WallTime, WorkspaceId,
};
use fieldbook_server_sync::{Principal, Role};

/// The workspace of all tests.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([9; 16]);
/// The epoch of a new workspace.
pub const EPOCH: Epoch = Epoch(1);

/// Products with a stock that is counted, notes that refer to them, payments that name an occasion.
pub fn shop() -> Schema {
    let field = |name: &str, kind, merge| Field { merge, ..Field::new(name, kind) };
    let plain = |name: &str, kind| field(name, kind, Merge::LastSynced);
    let product = vec![
        plain("name", Kind::Text { max: 200 }),
        plain("price", Kind::Decimal { scale: 2 }),
        field("stock", Kind::Integer, Merge::Delta),
        plain("tags", Kind::Set { max: 9 }),
    ];
    let of_product =
        || plain("product", Kind::Ref { to: "product".into(), owner: true, on_delete: Default::default() });
    let note = vec![of_product(), plain("text", Kind::Text { max: 500 })];
    let payment = vec![plain("amount", Kind::Decimal { scale: 2 }), plain("remark", Kind::Text { max: 200 })];
    let types = [("product", product), ("note", note), ("payment", payment)];
    let mut types: Vec<RecordType> =
        types.into_iter().map(|(name, fields)| RecordType::new(name, fields)).collect();
    types.extend(asked_about());
    let key = vec!["payment.amount".into()];
    Schema::new("shop", 1, types, vec![Action { key, ..Action::new("pay") }])
}

/// Types about which a person may have to decide: customers whose fields are manual and whose code is a key, and the
/// bills that they own.
fn asked_about() -> [RecordType; 2] {
    let text = || Kind::Text { max: 200 };
    let manual = |name: &str| Field { merge: Merge::Manual, ..Field::new(name, text()) };
    let customer = vec![manual("phone"), Field::new("code", text()), Field::new("note", text())];
    let unique = vec![Unique { fields: vec!["code".into()], always: false }];
    let on_delete = OnDelete::Refuse;
    let owner = Field::new("customer", Kind::Ref { to: "customer".into(), owner: true, on_delete });
    let number = Field { series: true, ..Field::new("number", text()) };
    [
        RecordType { merge: Merge::Manual, unique, ..RecordType::new("customer", customer) },
        RecordType::new("bill", vec![owner, number]),
    ]
}

/// The id of the n-th record.
pub fn record(n: u64) -> RecordId {
    RecordId::v7(n, [0; 10])
}

/// A device that keeps its own log.
#[derive(Debug, Clone)]
pub struct Device {
    pub principal: Principal,
    pub seq: Seq,
    pub previous: Hash,
    pub seen: Cursor,
    /// The version of the schema that it has.
    pub schema: u32,
    pub number: u8,
}

impl Device {
    /// The n-th device, of the n-th user.
    pub fn new(n: u8) -> Self {
        let (user, device) = (UserId::from_bytes([n; 16]), DeviceId::from_bytes([n; 16]));
        let principal =
            Principal { user, device, workspace: WORKSPACE, role: Role::Member, name: format!("user {n}") };
        let seen = Cursor { epoch: EPOCH, version: Version::ZERO };
        Self { principal, seq: Seq::ZERO, previous: Hash::ZERO, seen, schema: 1, number: n }
    }

    /// What the device had seen when it makes its next op.
    pub fn saw(&mut self, version: u64) -> &mut Self {
        self.seen.version = Version(version);
        self
    }

    /// The next op of this device, under its own id as the key.
    pub fn op(&mut self, changes: impl Into<Vec<Change>>) -> SealedOp {
        self.acts("edit", None, changes.into())
    }

    /// A payment under a key.
    pub fn pays(&mut self, key: &str, changes: impl Into<Vec<Change>>) -> SealedOp {
        self.acts("pay", Some(key), changes.into())
    }

    /// Settles the conflict of an op.
    pub fn resolves(
        &mut self,
        held: &SealedOp,
        pair: u64,
        n: u64,
        unit: Option<&str>,
        take: Take,
    ) -> SealedOp {
        let choice = Choice { of: "customer".into(), id: record(n), unit: unit.map(str::to_owned), take };
        let (conflict, pair) = (held.op.op_id, Version(pair));
        let about = About::Resolves(Resolution { conflict, pair, choices: vec![choice] });
        self.seals(RESOLVE, None, Payload { changes: Vec::new(), about: Some(about) })
    }

    /// Takes an op back.
    pub fn undoes(&mut self, target: &SealedOp) -> SealedOp {
        let about = Some(About::Undoes(target.op.op_id));
        self.seals(UNDO, None, Payload { changes: Vec::new(), about })
    }

    /// Gives an op up.
    pub fn discards(&mut self, target: &SealedOp) -> SealedOp {
        let about = Some(About::Discards(target.op.op_id));
        self.seals(DISCARD, None, Payload { changes: Vec::new(), about })
    }

    /// Sends an op in the place of a refused one.
    pub fn replaces(&mut self, target: &SealedOp, changes: impl Into<Vec<Change>>) -> SealedOp {
        let about = Some(About::Replaces(target.op.op_id));
        self.seals("edit", None, Payload { changes: changes.into(), about })
    }

    fn acts(&mut self, action: &str, key: Option<&str>, changes: Vec<Change>) -> SealedOp {
        self.seals(action, key, Payload::from(changes))
    }

    fn seals(&mut self, action: &str, key: Option<&str>, payload: Payload) -> SealedOp {
        let seq = self.seq.next();
        let op_id = OpId::v7(seq.0, [self.number; 10]);
        let op = Op {
            op_id,
            workspace_id: self.principal.workspace,
            user_id: self.principal.user,
            device_id: self.principal.device,
            seq,
            action: action.into(),
            payload,
            idempotency_key: key.map_or_else(|| op_id.to_string(), str::to_owned),
            created_at: WallTime(1_000),
            hlc: Hlc { ms: seq.0, counter: 0 },
            schema: self.schema,
            seen: self.seen,
            previous: self.previous,
        };
        let sealed = SealedOp::seal(op);
        (self.seq, self.previous) = (seq, sealed.hash);
        sealed
    }
}

/// Makes a record.
pub fn insert<const N: usize>(of: &str, n: u64, fields: [(&str, Json); N]) -> Change {
    Change::Insert { of: of.into(), id: record(n), fields: Fields::from(fields) }
}

/// Makes a product of some name with ten in stock.
pub fn product(n: u64, name: &str) -> Change {
    insert("product", n, [("name", name.into()), ("price", "1.50".into()), ("stock", 10.into())])
}

/// Sets one field of a product.
pub fn set(n: u64, base: u64, field: &str, value: impl Into<Json>) -> Change {
    update("product", n, base, Fields::from([(field, value.into())]), Fields::default())
}

/// Sets one field of a customer.
pub fn tell(n: u64, base: u64, field: &str, value: impl Into<Json>) -> Change {
    update("customer", n, base, Fields::from([(field, value.into())]), Fields::default())
}

/// Adds to the stock of a product.
pub fn add(n: u64, base: u64, stock: i64) -> Change {
    update("product", n, base, Fields::default(), Fields::from([("stock", stock.into())]))
}

fn update(of: &str, n: u64, base: u64, set: Fields, add: Fields) -> Change {
    let [count, include, exclude, reset] = [const { Fields(Vec::new()) }; 4];
    Change::Update {
        of: of.into(),
        id: record(n),
        base: Version(base),
        set,
        add,
        count,
        include,
        exclude,
        reset,
    }
}

/// Deletes a product.
pub fn delete(n: u64, base: u64) -> Change {
    end("product", n, base)
}

/// Deletes a record.
pub fn end(of: &str, n: u64, base: u64) -> Change {
    Change::Delete { of: of.into(), id: record(n), base: Version(base) }
}

/// Brings a product back.
pub fn restore(n: u64, base: u64) -> Change {
    Change::Restore { of: "product".into(), id: record(n), base: Version(base) }
}

/// A note on a product.
pub fn note(n: u64, product: u64, text: &str) -> Change {
    let product = record(product).to_string();
    insert("note", n, [("product", product.as_str().into()), ("text", text.into())])
}
