interface Account {
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

class AccountCalls {
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

interface AnyRecord {
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

interface AuditLine {
    place: number;
    at: string;
    deed: string;
    is_done: boolean;
    about: string;
    by: string;
    device_id?: string;
    address?: string;
}

interface DeviceLine {
    device_id: string;
    name: string;
    user_id: string;
    user: string;
    signed_in: string;
    last_seen: string;
    waiting?: number;
    state: 'signed-in' | 'signed-out' | 'wipe-ordered' | 'wipe-reached' | 'wiped';
}

interface Done {
    at: string;
}

export interface Failure {
    code: string;
    words: string;
}

type Fields = {
    [name: string]: Json;
};

interface Grant {
    scope: string;
    role: string;
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

interface HistoryUnit {
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

interface Invitation {
    role: string;
    grants?: Grant[];
    address?: string;
    hours?: number;
}

interface Invite {
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

export type Json = null | boolean | number | string | Json[] | {
    [name: string]: Json;
};

interface Member {
    user_id: string;
    name: string;
    role: string;
    grants: Grant[];
}

interface NewInvite {
    id: string;
    workspace: string;
    link: string;
    expires_at: string;
}

export class Online<S extends AnySchema = Untyped> {
    readonly account: AccountCalls;
    readonly people: PeopleCalls;
    constructor({ app, server, remember }: OnlineOptions);
    standing(hear: (standing: OnlineStanding) => void): () => void;
    reach(hear: (reach: Reach) => void): () => void;
    signIn(wanted: SignIn): Promise<Result<Identity>>;
    signOut(): Promise<Result<null>>;
    records<T extends Types<S>>(type: T, wanted?: Wanted<Row<S, T>>): Promise<Result<Records<Row<S, T>>>>;
    liveRecords<T extends Types<S>>(type: T, wanted: Wanted<Row<S, T>>, hear: (told: Result<Records<Row<S, T>>>) => void): () => void;
    history(of: RecordName | {
        op: string;
    }): Promise<Result<HistoryLine[]>>;
    timeline({ part, ...numbers }?: TimelineWish): Promise<Result<Timeline>>;
    retry(): void;
    close(): void;
}

export interface OnlineOptions {
    app: string;
    server?: string;
    remember?: 'tab';
}

export type OnlineStanding = {
    is: 'new';
    error: Failure | null;
} | {
    is: 'open';
    identity: Identity;
};

class PeopleCalls {
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

export type Reach = {
    is: 'trying';
} | {
    is: 'connected';
} | {
    is: 'unreachable';
    error: Failure;
    until: string;
};

export interface RecordName {
    type: string;
    id: string;
}

export interface Records<Row> {
    rows: Row[];
    total: number;
}

export type Result<T> = {
    ok: true;
    value: T;
} | {
    ok: false;
    error: Failure;
};

type Row<S extends AnySchema, T extends Types<S>> = S['records'][T]['row'];

interface Session {
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

export type Test<Value> = Value | null | readonly (Value | null)[] | {
    from?: Value;
    below?: Value;
};

export interface Timeline {
    entries: TimelineEntry[];
    next?: number;
}

interface TimelineChange {
    verb: 'insert' | 'update' | 'delete' | 'restore';
    type: string;
    id: string;
    label: string;
    scope?: string;
    fields: string[];
}

interface TimelineEntry {
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

export interface Wanted<Row> {
    part?: RecordName;
    where?: {
        [Column in keyof Row]?: Test<NonNullable<Row[Column]>>;
    };
    search?: string;
    order?: (keyof Row & string) | `-${keyof Row & string}`;
    skip?: number;
    limit?: number;
}

export function openOnline<S extends AnySchema = Untyped>(options: OnlineOptions): Online<S>;
