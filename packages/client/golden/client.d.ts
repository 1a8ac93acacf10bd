export interface Account {
    user_id: string;
    user: string;
    workspace_id: string;
    workspaces: {
        id: string;
        name: string;
        role: string;
    }[];
    sessions: Session[];
}

export class AccountCalls {
    constructor(ask: Ask);
    show(): Promise<Result<Account>>;
    confirm(password: string): Promise<Result<{
        until: string;
    }>>;
    changePassword(password: string, newPassword: string): Promise<Result<Done>>;
    endSession(device?: string): Promise<Result<{
        ended: number;
    }>>;
}

export interface Acted {
    seq: number;
    op_id: string;
    duplicate: boolean;
    changed: {
        type: string;
        id: string;
    }[];
}

export type Action = ActionOf<Untyped>;

export interface ActionOf<S extends AnySchema> {
    type?: S['actions'] | 'edit';
    key?: string;
    changes: ChangeOf<S>[];
}

export interface AnyRecord {
    row: object;
    insert: object;
    set: object;
    add: object;
    elements: object;
    reset: object;
    insertOnly: boolean;
}

export interface AnySchema {
    records: {
        [type: string]: AnyRecord;
    };
    actions: string;
}

type Ask = <T>(about: 'workspace' | 'account', path: string, body?: unknown) => Promise<Result<T>>;

export interface AuditLine {
    place: number;
    at: string;
    deed: string;
    is_done: boolean;
    about: string;
    by: string;
    device_id?: string;
    address?: string;
}

export type Cause = {
    is: 'no-network';
} | {
    is: 'blocked';
    answered: string;
} | {
    is: 'server-down';
    because: string;
} | {
    is: 'signed-out';
} | {
    is: 'shut-out';
    because: string;
} | {
    is: 'failing';
    because: string;
} | {
    is: 'clock';
    off_ms: number;
};

export type Change = ChangeOf<Untyped>;

export type ChangeOf<S extends AnySchema> = {
    [T in Types<S>]: Insert<S, T> | (S['records'][T]['insertOnly'] extends true ? never : Later<S, T>);
}[Types<S>];

export interface Conditions {
    no_network: boolean;
    metered: boolean;
    low_battery: boolean;
    hidden: boolean;
}

export interface Conflict {
    id: string;
    state: string;
    type: string;
    record: string | null;
    label: string;
    action: string;
    by: string;
    made_at: string | null;
    theirs_by: string;
    units: ConflictUnit[];
    held: number;
    choice: string | null;
    settled_by: string | null;
    settled_at: string | null;
}

export interface ConflictUnit {
    type: string;
    id: string;
    label: string;
    unit: string | null;
    kind: string;
    base: Fields;
    theirs: Fields | null;
    mine: Fields | null;
}

export interface DeviceLine {
    device_id: string;
    name: string;
    user_id: string;
    user: string;
    signed_in: string;
    last_seen: string;
    waiting?: number;
    state: 'signed-in' | 'signed-out' | 'wipe-ordered' | 'wipe-reached' | 'wiped';
}

export interface Diagnostics {
    parts: {
        [part: string]: Json;
    }[];
    sums: {
        part: string;
        lines: number;
        bytes: number;
    }[];
    with_payloads: boolean;
    recipient: string | null;
}

export interface DiagnosticsFile {
    name: string;
    bytes: Uint8Array;
}

export interface Done {
    at: string;
}

export interface Failure {
    code: string;
    words: string;
}

export interface FieldAt {
    field: string;
    version: number;
}

export class Fieldbook<S extends AnySchema = Untyped> {
    readonly account: AccountCalls;
    readonly people: PeopleCalls;
    constructor(options: Options);
    standing(hear: (standing: Standing) => void): () => void;
    status(hear: (status: Status) => void): () => void;
    signIn(wanted: SignIn): Promise<Result<Identity>>;
    signOut(options?: {
        keepUnsent?: boolean;
    }): Promise<Result<SignedOut>>;
    setPassphrase({ passphrase }: {
        passphrase: string;
    }): Promise<Result<null>>;
    changePassphrase({ old, new: other }: {
        old: string;
        new: string;
    }): Promise<Result<null>>;
    removePassphrase({ passphrase }: {
        passphrase: string;
    }): Promise<Result<null>>;
    unlock({ passphrase }: {
        passphrase: string;
    }): Promise<Result<null>>;
    beginAnew(): Promise<Result<null>>;
    join(joining: Joining): Promise<Result<Joined>>;
    resetPassword(wanted: {
        code: string;
        user: string;
        password: string;
    }): Promise<Result<Done>>;
    act(action: ActionOf<S>): Promise<Result<Acted>>;
    query(sql: string, rowsMax?: number): Promise<Result<Table>>;
    rows<Row>(select: Select<Row>, rowsMax?: number): Promise<Result<Row[]>>;
    liveQuery(sql: string, hear: (table: Table) => void, failed?: (error: Failure) => void): () => void;
    liveRows<Row>(select: Select<Row>, hear: (rows: Row[]) => void, failed?: (error: Failure) => void): () => void;
    undo(seq?: number, anyway?: boolean): Promise<Result<Undone>>;
    redo(seq?: number, anyway?: boolean): Promise<Result<Undone>>;
    undoStack(max?: number): Promise<Result<{
        undo: UndoEntry[];
        redo: UndoEntry[];
    }>>;
    log(max?: number): Promise<Result<LogEntry[]>>;
    retry(seq: number, changes?: ChangeOf<S>[]): Promise<Result<Retried[]>>;
    discard(op: string): Promise<Result<Acted>>;
    exportActions(seqs?: number[]): Promise<Result<string>>;
    exportRecords(options?: {
        confirmed?: boolean;
    }): Promise<Result<string>>;
    conflicts(all?: boolean): Promise<Result<Conflict[]>>;
    alike(conflict: string): Promise<Result<string[]>>;
    resolve(conflict: string, wish: Wish): Promise<Result<Acted>>;
    history(of: RecordName | {
        op: string;
    }): Promise<Result<History>>;
    timeline(wish?: TimelineWish): Promise<Result<Timeline>>;
    partSize(part: RecordName): Promise<Result<{
        own: PartSize;
        beneath: PartSize;
    }>>;
    restore(record: RecordName, at?: FieldAt): Promise<Result<Acted>>;
    seen(record: RecordName, looking: boolean): Promise<Result<Onlooker[]>>;
    label(record: RecordName): Promise<Result<string>>;
    parts(): Promise<Result<Part[]>>;
    load(type: string, id: string, beneath?: boolean): Promise<Result<null>>;
    unload(type: string, id: string): Promise<Result<number>>;
    prune(wanted: Pruning): Promise<Result<Pruned>>;
    unprune(): Promise<Result<boolean>>;
    putBlob(bytes: Uint8Array | Blob): Promise<Result<PutBlob>>;
    blob(sum: string): Promise<Result<Uint8Array | undefined>>;
    blobs(): Promise<Result<NamedBlob[]>>;
    storage(): Promise<Result<Storage>>;
    askPersistent(): Promise<Result<boolean>>;
    diagnostics(options?: {
        withPayloads?: boolean;
    }): Promise<Result<Diagnostics>>;
    diagnosticsFile(options?: {
        withPayloads?: boolean;
    }): Promise<Result<DiagnosticsFile>>;
    sendDiagnostics(options?: {
        withPayloads?: boolean;
    }): Promise<Result<{
        name: string;
    }>>;
    syncNow(): Promise<Result<null>>;
    workOffline(offline: boolean): Promise<Result<null>>;
    surround(conditions: Partial<Conditions>): Promise<Result<null>>;
    isLevel(): Promise<Result<boolean>>;
    places(): Place[];
    choosePlace(name?: string): void;
    close(): void;
}

export type Fields = {
    [name: string]: Json;
};

export interface Grant {
    scope: string;
    role: string;
}

export interface History {
    lines: HistoryLine[];
    all: boolean;
    why: Failure | null;
}

export interface HistoryLine {
    version?: number;
    op_id: string;
    settled_by?: string;
    action: string;
    user: string;
    name: string;
    device: string;
    edited_at: string;
    synced_at?: string;
    clock_ahead?: boolean;
    type: string;
    id: string;
    label?: string;
    verb: 'insert' | 'update' | 'delete' | 'restore';
    outcome?: string;
    other?: number;
    units: HistoryUnit[];
    says: string;
}

export interface HistoryUnit {
    field: string;
    before: Json;
    after: Json;
    outcome: string;
    other?: number;
}

export interface Identity {
    workspace_id: string;
    workspace: string;
    user_id: string;
    user: string;
    role: string;
    device_id: string;
    schema: Json;
}

type Insert<S extends AnySchema, T extends Types<S>> = {
    insert: T;
    id: string;
} & ({} extends S['records'][T]['insert'] ? {
    fields?: S['records'][T]['insert'];
} : {
    fields: S['records'][T]['insert'];
});

export interface Invitation {
    role: string;
    grants?: Grant[];
    address?: string;
    hours?: number;
}

export interface Invite {
    id: string;
    role: string;
    grants: Grant[];
    address?: string;
    made_by: string;
    made_at: string;
    expires_at: string;
    state: 'open' | 'used' | 'revoked' | 'expired';
    used_by?: string;
}

export interface Joined {
    workspace: string;
    user: string;
    role: string;
}

export interface Joining {
    code: string;
    user: string;
    password: string;
    address?: string;
}

export type Json = null | boolean | number | string | Json[] | {
    [name: string]: Json;
};

type Later<S extends AnySchema, T extends Types<S>> = {
    update: T;
    id: string;
    set?: S['records'][T]['set'];
    add?: S['records'][T]['add'];
    count?: S['records'][T]['add'];
    include?: S['records'][T]['elements'];
    exclude?: S['records'][T]['elements'];
    reset?: S['records'][T]['reset'];
} | {
    delete: T;
    id: string;
} | {
    restore: T;
    id: string;
};

export interface LeftOut {
    type: string;
    before: Json;
    scope?: string;
    pruned: {
        [type: string]: number;
    };
}

export interface LogEntry {
    seq: number;
    op_id: string;
    type: string;
    state: OpState;
    created_at: string;
    key: string | null;
    changes: Change[];
    code: string | null;
    words: string | null;
    version: number | null;
    depends_on: string | null;
    conflict: string | null;
    about: string | null;
    undone: boolean;
    in_doubt: boolean;
    partly: boolean;
    again: boolean;
    let_go: boolean;
}

export interface Member {
    user_id: string;
    name: string;
    role: string;
    grants: Grant[];
}

export interface NamedBlob {
    sum: string;
    type: string;
    id: string;
    field: string;
    size?: number;
    here: boolean;
    why?: 'not-yet' | 'no-room' | 'not-on-server' | 'failed';
    room?: number;
}

export interface NewInvite {
    id: string;
    workspace: string;
    link: string;
    expires_at: string;
}

export interface Onlooker {
    user: string;
    name: string;
    last_seen: string;
    here: boolean;
}

export type OpState = 'waiting' | 'in-flight' | 'answered' | 'committed' | 'conflicted' | 'lost-base' | 'rejected' | 'duplicate' | 'discarded' | 'withdrawn' | 'replaced' | 'lost';

export interface Options {
    app: string;
    server?: string;
    worker: Worker | (() => Worker);
    module: string | URL;
    vocabulary?: Vocabulary;
}

export interface Part {
    scope: string;
    type: string;
    id: string;
    label: string;
    path: string;
    beneath: boolean;
    state: 'offered' | 'wanted' | 'ready' | 'loaded';
    since: string | null;
    records: number | null;
    bytes: number | null;
    blobs: {
        named: number;
        here: number;
        bytes: number;
    } | null;
}

export interface PartSize {
    records: number;
    bytes: number;
    blobs: number;
    blob_bytes: number;
}

export class PeopleCalls {
    constructor(ask: Ask, server: string);
    members(): Promise<Result<{
        workspace: string;
        members: Member[];
    }>>;
    setRole(user: string, role: string): Promise<Result<Done>>;
    grant(user: string, scope: string, role?: string): Promise<Result<Done>>;
    invites(): Promise<Result<{
        workspace: string;
        invites: Invite[];
    }>>;
    invite(invitation: Invitation): Promise<Result<NewInvite>>;
    revokeInvite(invite: string): Promise<Result<Done>>;
    devices(): Promise<Result<{
        workspace: string;
        devices: DeviceLine[];
    }>>;
    endDevice(device: string): Promise<Result<{
        ended: number;
    }>>;
    wipeDevice(device: string, rescue: boolean): Promise<Result<Done>>;
    audit(after?: number): Promise<Result<{
        workspace: string;
        entries: AuditLine[];
        more: boolean;
    }>>;
}

export interface Place {
    name: string;
    workspace: string | null;
    user: string | null;
    unsent: number;
    here: boolean;
}

export interface Pruned {
    types: {
        type: string;
        records: number;
        bytes: number;
    }[];
    records: number;
    bytes: number;
    stay: number;
    dry_run: boolean;
    file_before?: number;
    file_after?: number;
}

export interface Pruning {
    before: string;
    type?: string;
    scope?: string;
    dryRun?: boolean;
}

export interface PutBlob {
    sum: string;
    size: number;
}

export interface RecordName {
    type: string;
    id: string;
}

export type Result<T> = {
    ok: true;
    value: T;
} | {
    ok: false;
    error: Failure;
};

export interface Retried {
    seq: number;
    op_id: string;
}

export interface Select<Row> {
    sql: string;
    row?: Row;
}

export interface Session {
    device_id: string;
    device: string;
    workspace: string;
    signed_in: string;
    last_seen: string;
    waiting?: number;
}

export interface SignIn {
    workspace: string;
    user: string;
    password: string;
    device_name: string;
}

export interface SignedOut {
    unsent: number;
}

export type Standing = {
    is: 'opening';
} | {
    is: 'new';
} | {
    is: 'open';
    identity: Identity;
    passphrase: boolean;
} | {
    is: 'locked';
    by: 'passphrase';
    workspace: string;
    user: string;
} | {
    is: 'closed';
    error: Failure;
} | {
    is: 'wiped';
    words: string;
};

export interface Status {
    status: string;
    beside: string | null;
    colour: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'grey';
    icon: 'check' | 'spinner' | 'warning' | 'error' | 'dot' | 'airplane';
    says: string;
    connection: {
        is: string;
        because?: string;
        answered?: string;
    };
    activity: 'nothing' | 'waiting' | 'sending' | 'receiving';
    until: string | null;
    needs: string[];
    workspace: string;
    user: string;
    server: string;
    device_id: string;
    pending: number;
    oldest: string | null;
    conflicts: number;
    rejected: number;
    held: number;
    in_doubt: number;
    last_success: string | null;
    clock_off_ms: number;
    upload: {
        sent: number;
        of: number;
    } | null;
    download: {
        bytes: number;
        percent: number | null;
        first: boolean;
    } | null;
    blobs?: {
        left: number;
        bytes: number;
    };
    cause: Cause | null;
    conditions: Conditions;
    works_offline: boolean;
    leads: boolean;
}

export interface Storage {
    database: number;
    free: number;
    used: number | null;
    quota: number | null;
    room: number | null;
    persistent: boolean;
    left_out: LeftOut[];
}

export interface Table {
    columns: string[];
    rows: Json[][];
    cut: boolean;
}

export interface Timeline {
    entries: TimelineEntry[];
    next?: number;
}

export interface TimelineChange {
    verb: 'insert' | 'update' | 'delete' | 'restore';
    type: string;
    id: string;
    label: string;
    scope?: string;
    fields: string[];
}

export interface TimelineEntry {
    version: number;
    op_id: string;
    action: string;
    user: string;
    name: string;
    device: string;
    edited_at: string;
    synced_at: string;
    says: string;
    changes: TimelineChange[];
}

export interface TimelineWish {
    part?: RecordName;
    after?: number;
    before?: number;
    limit?: number;
}

type Types<S extends AnySchema> = keyof S['records'] & string;

export interface UndoEntry {
    seq: number;
    type: string;
    says: string;
    created_at: string;
}

export interface Undone {
    acted: Acted;
    of: number;
    says: string;
    not_undone: string[];
}

export interface Untyped extends AnySchema {
    records: {
        [type: string]: {
            row: {
                [column: string]: Json;
            };
            insert: Fields;
            set: Fields;
            add: {
                [field: string]: number | string;
            };
            elements: Fields;
            reset: Fields;
            insertOnly: false;
        };
    };
}

export type Vocabulary = 'site' | 'capture' | 'counter';

export type Wish = 'mine' | 'theirs' | {
    fields: {
        values: [string, Json][];
        rest?: 'mine' | 'theirs';
    };
};

export function open<S extends AnySchema = Untyped>(options: Options): Fieldbook<S>;

export function rowsOf<Row>({ columns, rows }: Table): Row[];
