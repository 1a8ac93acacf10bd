// What has to be so before somebody leaves for where there is no network.

import type { NamedBlob, Part, Status, Storage } from '@fieldbook/client';
import type { Words } from '../words/index.js';
import type { Battery } from './battery.js';

/** One thing that was looked at: all right, still going on, worth knowing, or in the way. */
export interface Check {
  id: string;
  is: 'good' | 'going' | 'note' | 'bad';
  text: string;
  /** Where something can be done about it. */
  see?: string;
}

export interface Looked {
  status: Status;
  parts: Part[];
  blobs: NamedBlob[];
  storage: Storage | undefined;
  battery: Battery | undefined;
}

/** Below this a battery does not last for long. */
const BATTERY_LOW = 0.3;

export function checks({ status, parts, blobs, storage, battery }: Looked, { say, size, ago }: Words): Check[] {
  const of = (state: Part['state']) => parts.filter((part) => part.state === state);
  const coming = [...of('wanted'), ...of('ready')].length;
  const loaded = of('loaded');
  const bytes = loaded.reduce((sum, part) => sum + (part.bytes ?? 0), 0);
  const unfit = blobs.filter(({ why }) => why === 'no-room');
  const late = blobs.filter(({ here, why }) => !here && why === 'not-yet');
  const missing = blobs.filter(({ why }) => why === 'not-on-server' || why === 'failed');
  const sum = (list: NamedBlob[]) => list.reduce((all, { size = 0 }) => all + size, 0);
  const isFirst = status.download?.first === true || status.last_success === null;
  const all: (Check | false)[] = [
    status.pending > 0
      ? { id: 'sent', is: 'going', text: say('ready.unsent', { count: status.pending, ago: status.oldest === null ? '' : ago(status.oldest) }), see: '/log?show=open' }
      : { id: 'sent', is: 'good', text: say('ready.sent') },
    isFirst
      ? { id: 'synced', is: 'going', text: say('ready.first') }
      : { id: 'synced', is: status.download ? 'going' : status.connection.is === 'connected' ? 'good' : 'note', text: say(status.download ? 'ready.receiving' : 'ready.synced', { ago: ago(status.last_success ?? '') }) },
    parts.length > 0 && { id: 'loaded', is: loaded.length > 0 ? 'good' : 'note', text: say('ready.loaded', { count: loaded.length, size: size(bytes) }) },
    coming > 0 && { id: 'coming', is: 'going', text: say('ready.coming', { count: coming }) },
    late.length > 0 && { id: 'files', is: 'going', text: say('ready.files', { count: late.length, size: size(sum(late)) }) },
    unfit.length > 0 && { id: 'unfit', is: 'bad', text: say('ready.unfit', { count: unfit.length, size: size(sum(unfit)), room: size(storage?.room ?? 0) }), see: '/device' },
    missing.length > 0 && { id: 'missing', is: 'note', text: say('ready.missing', { count: missing.length }) },
    storage?.room !== undefined && storage.room !== null && { id: 'room', is: 'good', text: say('ready.room', { size: size(storage.room) }) },
    storage?.persistent === false && { id: 'kept', is: 'note', text: say('ready.notKept'), see: '/device' },
    status.needs.includes('signed-out') && { id: 'signed-out', is: 'bad', text: say('status.needs.signed-out'), see: '/sign-in' },
    status.needs.includes('shut-out') && { id: 'shut-out', is: 'bad', text: say('status.needs.shut-out', { workspace: status.workspace }) },
    status.needs.includes('failing') && { id: 'failing', is: 'bad', text: say('status.needs.failing') },
    status.conflicts > 0 && { id: 'conflicts', is: 'note', text: say('status.needs.conflicts', { count: status.conflicts }), see: '/conflicts' },
    status.rejected > 0 && { id: 'rejected', is: 'note', text: say('status.needs.rejected', { count: status.rejected }), see: '/log?show=refused' },
    battery !== undefined && {
      id: 'battery',
      is: battery.charging || battery.level >= BATTERY_LOW ? 'good' : 'note',
      text: say(battery.charging ? 'ready.charging' : 'ready.battery', { percent: Math.round(battery.level * 100) }),
    },
  ];
  return all.filter((check) => check !== false);
}
