// A device that only says what it was told to say.

import type { Account, Conflict, Failure, Fieldbook, History, Identity, LogEntry, NamedBlob, Part, Place, Result, Standing, Status, Storage, Table } from '@fieldbook/client';
import type { Digest } from '@fieldbook/ui';

/** A state of a screen: what the device says, and where the screen is. */
export interface State {
  /** The page, without the first slash. */
  at?: string;
  standing?: Standing;
  status?: Partial<Status>;
  log?: LogEntry[];
  conflicts?: Conflict[];
  history?: History;
  parts?: Part[];
  blobs?: NamedBlob[];
  places?: Place[];
  /** The workspaces of the account. */
  workspaces?: Account['workspaces'];
  /** The digests that this browser keeps. */
  news?: Digest[];
  storage?: Partial<Storage>;
  role?: string;
  /** Whether the device has a passphrase. */
  passphrase?: boolean;
  /** What every call that wants a connection says. */
  refuses?: Failure;
}

const ID = '01a2066d-9fa7-7bc0-9f14-e08f5967d60f';
const LEVEL: Status = {
  status: 'Synced',
  beside: 'Online',
  colour: 'green',
  icon: 'check',
  says: 'everything is synced',
  connection: { is: 'connected' },
  activity: 'nothing',
  until: null,
  needs: [],
  workspace: 'estate',
  user: 'ann',
  server: 'https://sync.example.com',
  device_id: ID,
  pending: 0,
  oldest: null,
  conflicts: 0,
  rejected: 0,
  held: 0,
  in_doubt: 0,
  last_success: '2026-11-20T08:00:00.000Z',
  clock_off_ms: 0,
  upload: null,
  download: null,
  cause: null,
  conditions: { no_network: false, metered: false, low_battery: false, hidden: false },
  works_offline: false,
  leads: true,
};

export const SCHEMA = {
  name: 'estate',
  version: 1,
  roles: ['surveyor'],
  types: [
    { name: 'floor', label: 'name', fields: [{ name: 'name', kind: { text: { max: 200 } } }] },
    {
      name: 'asset',
      label: 'name',
      fields: [
        { name: 'name', kind: { text: { max: 200 } } },
        { name: 'floor', kind: { ref: { to: 'floor' } } },
        { name: 'x', kind: { decimal: { scale: 2 } } },
        { name: 'y', kind: { decimal: { scale: 2 } } },
        { name: 'serial', called: 'serial number', kind: { text: { max: 50 } } },
        { name: 'works', kind: 'boolean' },
        { name: 'labels', kind: { set: { max: 20 } } },
      ],
    },
  ],
};

/** Labels of records, and a member: all that these screens look up. */
function rowsOf(sql: string): Table {
  const ids = [...sql.matchAll(/'([0-9a-f-]{36})'/g)].map(([, id]) => id as string);
  if (sql.includes('FROM member')) return { columns: ['name'], rows: [[ids[0] === ID ? 'ann' : ids[0]?.endsWith('2') ? 'cleo' : 'ben']], cut: false };
  if (!sql.includes(' AS type')) return { columns: ['id', 'label'], rows: [], cut: false };
  const rows = [...new Set(ids)].map((id, at) => (at % 5 === 4 ? ['floor', id, `Floor ${at}`] : ['asset', id, `Boiler ${at}`]));
  return { columns: ['type', 'id', 'label'], rows, cut: false };
}

/** The device of a state. */
export function canned(state: State): Fieldbook {
  const identity: Identity = { workspace_id: ID, workspace: 'estate', user_id: ID, user: 'ann', role: state.role ?? 'owner', device_id: ID, schema: SCHEMA };
  const { refuses } = state;
  localStorage.removeItem(`fieldbook.news.${ID}`);
  if (state.news) localStorage.setItem(`fieldbook.news.${ID}`, JSON.stringify({ upTo: 1, digests: state.news }));
  const answer = async <T>(value: T): Promise<Result<T>> => ({ ok: true, value });
  const server = async <T>(value: T): Promise<Result<T>> => (refuses ? { ok: false, error: refuses } : { ok: true, value });
  const hear = <T>(value: T) => (heard: (value: T) => void) => {
    queueMicrotask(() => heard(value));
    return () => undefined;
  };
  const at = '2026-11-20T08:00:00.000Z';
  const device = { device_id: ID, name: 'tablet', user_id: ID, user: 'ben', signed_in: at, last_seen: at, waiting: 12 };
  const book = {
    standing: hear(state.standing ?? { is: 'open', identity, passphrase: state.passphrase === true }),
    status: state.standing && state.standing.is !== 'open' ? () => () => undefined : hear({ ...LEVEL, ...state.status }),
    liveQuery: (sql: string, heard: (table: Table) => void) => hear(rowsOf(sql))(heard),
    isLevel: () => answer(false),
    places: () => state.places ?? [],
    log: () => answer(state.log ?? []),
    conflicts: () => answer(state.conflicts ?? []),
    history: () => answer(state.history ?? { lines: [], all: true, why: null }),
    label: () => answer('Boiler 2'),
    parts: () => answer(state.parts ?? []),
    blobs: () => answer(state.blobs ?? []),
    storage: () => answer({ database: 4e6, free: 0, used: 13e6, quota: 10e9, room: 9.9e9, persistent: false, left_out: [], ...state.storage }),
    signIn: () => server(identity),
    unlock: () => server(null),
    beginAnew: () => answer(null),
    setPassphrase: () => answer(null),
    changePassphrase: () => answer(null),
    removePassphrase: () => answer(null),
    timeline: () => server({ entries: [] }),
    partSize: () => server({ own: { records: 120, bytes: 90_000, blobs: 2, blob_bytes: 1_400_000 }, beneath: { records: 900, bytes: 700_000, blobs: 14, blob_bytes: 9_000_000 } }),
    sendDiagnostics: () => server({ name: `${ID}-1795455281441` }),
    diagnosticsFile: () => answer({ name: 'fieldbook-diagnostics.age', bytes: new Uint8Array() }),
    syncNow: () => answer(null),
    workOffline: () => answer(null),
    account: {
      show: () => server({ user_id: ID, user: 'ann', workspace_id: ID, workspaces: state.workspaces ?? [], sessions: [{ device_id: ID, device: 'this one', workspace: 'estate', signed_in: at, last_seen: at }, { device_id: 'other', device: 'phone', workspace: 'estate', signed_in: at, last_seen: at, waiting: 3 }] }),
    },
    people: {
      members: () => server({ workspace: 'estate', members: [{ user_id: ID, name: 'ann', role: 'owner', grants: [] }, { user_id: '2', name: 'ben', role: 'surveyor', grants: [{ scope: 'floor/1', role: 'viewer' }] }] }),
      invites: () => server({ workspace: 'estate', invites: (['open', 'used', 'revoked', 'expired'] as const).map((is) => ({ id: is, role: 'member', grants: [], made_by: 'ann', made_at: at, expires_at: at, state: is, used_by: 'cleo' })) }),
      devices: () => server({ workspace: 'estate', devices: (['signed-in', 'signed-out', 'wipe-ordered', 'wipe-reached', 'wiped'] as const).map((is) => ({ ...device, device_id: is, state: is })) }),
    },
  };
  return book as unknown as Fieldbook;
}
