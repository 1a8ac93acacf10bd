// The states, by name.

import type { Conflict, ConflictUnit, HistoryLine, LogEntry, NamedBlob, OpState, Part, Place, Status } from '@fieldbook/client';
import type { State } from './canned.js';

const AT = '2026-11-20T07:42:10.000Z';
const op = (number: number) => `01a2066d-0000-7000-8000-${String(number).padStart(12, '0')}`;

const OP_STATES: OpState[] = ['waiting', 'in-flight', 'answered', 'committed', 'conflicted', 'lost-base', 'rejected', 'duplicate', 'discarded', 'withdrawn', 'replaced', 'lost'];

function entry(state: OpState, at: number): LogEntry {
  const isRefused = state === 'rejected';
  return {
    seq: at + 1,
    op_id: op(at),
    type: 'edit',
    state,
    created_at: AT,
    key: null,
    changes: [{ update: 'asset', id: op(100), set: { name: 'Boiler 2', serial: 'B-2' } }],
    code: isRefused ? 'gone' : null,
    words: isRefused ? 'The record was deleted meanwhile.' : null,
    version: null,
    depends_on: null,
    conflict: null,
    about: null,
    undone: state === 'committed' && at % 2 === 1,
    in_doubt: false,
    partly: state === 'committed',
    again: false,
    let_go: false,
  };
}

function conflict(id: string, units: ConflictUnit[], more: Partial<Conflict> = {}): Conflict {
  return { id, state: 'open', type: 'asset', record: op(100), label: 'Boiler 2', action: 'edit', by: 'ann', made_at: AT, theirs_by: 'ben', units, held: 1, choice: null, settled_by: null, settled_at: null, ...more };
}

function unit(fields: ConflictUnit['base'], mine: ConflictUnit['mine'], theirs: ConflictUnit['theirs'], more: Partial<ConflictUnit> = {}): ConflictUnit {
  return { type: 'asset', id: op(100), label: 'Boiler 2', unit: Object.keys(fields)[0] ?? null, kind: 'field', base: fields, mine, theirs, ...more };
}

const NAME = unit({ name: 'Boiler' }, { name: 'Boiler 2' }, { name: 'Boiler two' });
const PLACE = unit({ x: '1.00', y: '2.00' }, { x: '4.50', y: '2.00' }, { x: '1.00', y: '9.25' }, { unit: 'place', kind: 'group' });

function line(verb: HistoryLine['verb'], more: Partial<HistoryLine> = {}): HistoryLine {
  return { version: 12, op_id: op(7), action: 'edit', user: 'u', name: 'ben', device: 'tablet', edited_at: AT, synced_at: AT, type: 'asset', id: op(100), verb, units: [], says: '', ...more };
}

function part(state: Part['state'], path: string, bytes: number | null): Part {
  return { scope: `floor/${path}`, type: 'floor', id: path, label: path, path: `Estate A › ${path}`, beneath: true, state, since: null, records: null, bytes, blobs: null };
}

const status = (name: string, status: Partial<Status>): [string, State] => [`status-${name}`, { status }];

const ids = (count: number, who: number) => Array.from({ length: count }, (_, at) => op(1000 * who + 10 * at + who));
const NEWS = [
  { at: Date.parse(AT), told: [{ by: op(1), ids: ids(14, 1) }, { by: op(2), ids: ids(3, 2) }], more: 0, conflicts: 2, isRead: false },
  { at: Date.parse(AT) - 86_400_000, told: [{ by: op(1), ids: ids(1, 1) }], more: 0, conflicts: 0, isRead: true },
  { at: Date.parse(AT) - 172_800_000, told: [{ by: op(2), ids: ids(60, 2) }, { by: null, ids: ids(40, 3) }], more: 1_340, conflicts: 0, isRead: true },
];

const place = (workspace: string, more: Partial<Place> = {}): Place => ({ name: workspace, workspace, user: 'ann', unsent: 0, here: false, ...more });
const PLACES = [place('estate', { here: true, unsent: 3 }), place('north-harbour', { unsent: 12 }), place('workshop', { user: 'ann.miller' })];

const blob = (why: NonNullable<NamedBlob['why']>, size: number): NamedBlob => ({ sum: `${why} ${size}`, type: 'floor', id: op(7), field: 'plan', size, here: false, why });

export const STATES: { [name: string]: State } = {
  opening: { standing: { is: 'opening' } },
  'lease-over': { standing: { is: 'closed', error: { code: 'locked', words: 'The device is locked: sign in again. Nothing is lost.' } }, places: PLACES },
  closed: { standing: { is: 'closed', error: { code: 'damaged', words: 'the database is damaged' } } },
  'sign-in': { standing: { is: 'new' } },
  wiped: { standing: { is: 'wiped', words: 'Whoever runs the server ordered it on 23 November.' } },
  locked: { standing: { is: 'locked', by: 'passphrase', workspace: 'estate', user: 'ann' }, places: PLACES },
  'locked-level': { standing: { is: 'locked', by: 'passphrase', workspace: 'estate', user: 'ann' }, places: [place('estate', { here: true })] },
  'locked-wrong': { standing: { is: 'locked', by: 'passphrase', workspace: 'estate', user: 'ann' }, refuses: { code: 'wrong-passphrase', words: 'This is not the passphrase of this device: type it once more.' } },
  'sign-in-again': { at: 'sign-in', status: { status: 'Sync error', colour: 'red', icon: 'error', needs: ['signed-out'], pending: 3 } },
  ...Object.fromEntries([
    status('synced', {}),
    status('sending', { status: 'Syncing', colour: 'blue', icon: 'spinner', activity: 'sending', pending: 12, oldest: AT, upload: { sent: 3, of: 12 } }),
    status('receiving', { status: 'Syncing', colour: 'blue', icon: 'spinner', activity: 'receiving', download: { bytes: 3_400_000, percent: 40, first: true } }),
    status('offline', { beside: 'Offline', connection: { is: 'no-network' } }),
    status('pending', { status: 'Pending', beside: 'Offline', colour: 'orange', icon: 'warning', connection: { is: 'no-network' }, activity: 'waiting', pending: 3, oldest: AT }),
    status('by-choice', { status: 'Pending', beside: 'Offline', colour: 'orange', icon: 'warning', connection: { is: 'no-network' }, activity: 'waiting', pending: 3, oldest: AT, works_offline: true }),
    status('blocked', { status: 'Pending', beside: 'Offline', colour: 'orange', icon: 'warning', connection: { is: 'unreachable', because: 'something else answers', answered: '200 text/html' }, activity: 'waiting', pending: 3, oldest: AT, cause: { is: 'blocked', answered: '200 text/html' } }),
    status('server-down', { status: 'Pending', beside: 'Offline', colour: 'orange', icon: 'warning', connection: { is: 'unreachable', because: 'connection refused' }, activity: 'waiting', pending: 1, oldest: AT, cause: { is: 'server-down', because: 'connection refused' } }),
    status('conflict', { status: 'Sync conflict', colour: 'red', icon: 'error', needs: ['conflicts'], conflicts: 2 }),
    status('rejected', { status: 'Sync error', colour: 'red', icon: 'error', needs: ['rejected'], rejected: 2 }),
    status('signed-out', { status: 'Sync error', colour: 'red', icon: 'error', needs: ['signed-out'], pending: 4 }),
    status('shut-out', { status: 'Sync error', colour: 'red', icon: 'error', needs: ['shut-out'], cause: { is: 'shut-out', because: 'you are no member' } }),
    status('failing', { status: 'Sync error', colour: 'red', icon: 'error', needs: ['failing'], cause: { is: 'failing', because: 'the disk is full' } }),
    status('clock', { cause: { is: 'clock', off_ms: 420_000 } }),
    status('capture', { status: 'Offline', beside: null, colour: 'grey', icon: 'airplane', connection: { is: 'no-network' } }),
    status('counter', { status: 'Syncing — 3 pending', beside: null, colour: 'yellow', icon: 'dot', pending: 3 }),
    status('counter-error', { status: 'Sync error — tap', beside: 'Offline — 3 queued', colour: 'red', icon: 'dot', needs: ['conflicts'], conflicts: 1, pending: 3, connection: { is: 'no-network' } }),
  ]),
  'log-empty': { at: 'log' },
  log: { at: 'log', log: OP_STATES.map(entry) },
  'conflicts-none': { at: 'conflicts' },
  'conflict-field': { at: 'conflicts', conflicts: [conflict('a', [NAME])] },
  'conflict-group': { at: 'conflicts', conflicts: [conflict('a', [PLACE])] },
  'conflict-several': { at: 'conflicts', conflicts: [conflict('a', [NAME, PLACE], { held: 3 }), conflict('b', [NAME, PLACE], { label: 'Pump' })] },
  'conflict-deleted': { at: 'conflicts', conflicts: [conflict('a', [unit({ name: 'Boiler' }, null, { name: 'Boiler two' }, { unit: null, kind: 'delete' })])] },
  'conflict-of-somebody': { at: 'conflicts', conflicts: [conflict('a', [NAME], { by: 'cleo' })] },
  history: {
    at: 'history/asset/1',
    history: {
      all: true,
      why: null,
      lines: [
        line('insert', { units: [{ field: 'name', before: null, after: 'Boiler', outcome: 'applied' }, { field: 'works', before: null, after: true, outcome: 'applied' }] }),
        line('update', { name: 'ann', units: [{ field: 'name', before: 'Boiler', after: 'Boiler 2', outcome: 'held' }] }),
        line('delete'),
        line('restore', { name: 'cleo' }),
        line('update', { units: [{ field: 'labels', before: ['old'], after: ['old', 'check'], outcome: 'applied' }] }),
        line('delete', { name: 'ann' }),
      ],
    },
  },
  'history-offline': { at: 'history/asset/1', status: { beside: 'Offline', connection: { is: 'no-network' } }, history: { all: false, why: { code: 'needs-connection', words: 'no connection' }, lines: [{ ...line('insert'), units: [{ field: 'name', before: null, after: 'Boiler', outcome: 'waiting' }] }] } },
  news: { at: 'news', news: NEWS },
  'news-none': { at: 'news' },
  'news-notice': { at: 'log', news: NEWS, log: [] },
  workspaces: { at: 'workspaces', places: PLACES, workspaces: ['estate', 'north-harbour', 'south-street'].map((name) => ({ id: name, name, role: 'member' })), status: { pending: 3 } },
  'workspaces-one': { at: 'workspaces', places: PLACES.slice(0, 1) },
  'workspaces-offline': { at: 'workspaces', places: PLACES, status: { beside: 'Offline', connection: { is: 'no-network' } } },
  'workspaces-refused': { at: 'workspaces', places: PLACES, refuses: { code: 'signed-out', words: 'sign in again' } },
  'sign-in-other': { standing: { is: 'new' }, places: PLACES.map((one) => ({ ...one, here: false })) },
  ready: { at: 'ready', parts: [part('loaded', 'Floor 1', 2e6), part('loaded', 'Floor 2', 5e6)], storage: { persistent: true } },
  'ready-going': { at: 'ready', status: { pending: 3, oldest: AT, download: { bytes: 3e6, percent: 40, first: false } }, parts: [part('loaded', 'Floor 1', 2e6), part('wanted', 'Floor 2', 5e6), part('offered', 'Floor 3', null), part('offered', 'Roof', 90e9)], blobs: [blob('not-yet', 3e6), blob('not-yet', 4e6)] },
  'ready-bad': { at: 'ready', status: { needs: ['signed-out', 'conflicts', 'rejected'], conflicts: 2, rejected: 1, pending: 12, oldest: AT }, storage: { room: 2e6 }, parts: [part('offered', 'Floor 1', null)], blobs: [blob('no-room', 9e6), blob('failed', 1e6)] },
  'ready-offline': { at: 'ready', status: { beside: 'Offline', connection: { is: 'no-network' }, pending: 1, oldest: AT } },
  'ready-first': { at: 'ready', status: { last_success: null, download: { bytes: 3e6, percent: null, first: true } } },
  'history-none': { at: 'history/asset/1' },
  device: { at: 'device', parts: [part('loaded', 'Floor 1', 2e6), part('wanted', 'Floor 2', 5e6), part('offered', 'Floor 3', 8e6), part('offered', 'Roof', 90e9)] },
  'device-offline': { at: 'device', role: 'member', status: { beside: 'Offline', connection: { is: 'no-network' } } },
  'device-passphrase': { at: 'device', passphrase: true },
  'passphrase-set': { at: 'device' },
  'passphrase-change': { at: 'device', passphrase: true },
  'passphrase-remove': { at: 'device', passphrase: true },
  people: { at: 'people' },
  'people-offline': { at: 'people', status: { beside: 'Offline', connection: { is: 'no-network' } } },
  'people-refused': { at: 'people', refuses: { code: 'forbidden', words: 'only an administrator may do that' } },
};
