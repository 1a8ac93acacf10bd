// The devices of a workspace: whose, how many actions they hold back, when they were last heard; sign out, or wipe.

import type { DeviceLine } from '@fieldbook/client';
import { useAsked, useFieldbook } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Failed } from '../parts/Failed.js';
import { Sure } from '../parts/Sure.js';
import { useNow, useWords } from '../words/index.js';
import { useConfirmed } from './Confirm.js';

export function Devices(): ReactNode {
  const book = useFieldbook();
  const devices = useAsked((book) => book.people.devices());
  const { dare, error, question } = useConfirmed();
  const end = async ({ device_id }: DeviceLine) => {
    await dare(() => book.people.endDevice(device_id));
    devices.again();
  };
  const wipe = async ({ device_id }: DeviceLine) => {
    await dare(() => book.people.wipeDevice(device_id, true));
    devices.again();
  };
  return (
    <>
      {question}
      <Failed error={error ?? devices.error} />
      <ul className="fb-plain-list">
        {devices.value?.devices.map((device) => (
          <Line key={device.device_id} device={device} end={() => void end(device)} wipe={() => void wipe(device)} />
        ))}
      </ul>
    </>
  );
}

function Line({ device, end, wipe }: { device: DeviceLine; end: () => void; wipe: () => void }): ReactNode {
  const { say, ago } = useWords();
  const now = useNow();
  return (
    <li>
      <span>
        <strong>{device.name}</strong>
        <span className="fb-quiet">
          {' '}
          {device.user} · {say(`devices.state.${device.state}`)} · {say('sessions.seen', { ago: ago(device.last_seen, now) })}
          {device.waiting !== undefined && device.waiting > 0 && ` · ${say('word.pending', { count: device.waiting })}`}
        </span>
      </span>
      {device.state === 'signed-in' && <Sure ask={say('sessions.endAsk', { device: device.name })} why={say('sessions.endWhy')} yes={say('sessions.end')} done={end} />}
      {['signed-in', 'signed-out'].includes(device.state) && <Sure ask={say('devices.wipeAsk', { device: device.name })} why={say('devices.wipeWhy')} yes={say('devices.wipe')} done={wipe} />}
    </li>
  );
}
