// All that is known of how syncing stands.

import type { Status } from '@fieldbook/client';
import { type ReactNode, useMemo } from 'react';
import { Button, ProgressBar } from 'react-aria-components';
import { useLocation } from 'wouter';
import { WorkOffline } from './WorkOffline.js';
import { useNow, useWords, type Words } from '../words/index.js';

const MINUTE_MS = 60_000;

interface Line {
  id: string;
  text: string;
  /** The screen that helps. */
  see?: string;
  urgent?: boolean;
}

/** What there is to say, the most urgent first. */
export function useStatusLines(status: Status | undefined): Line[] {
  const words = useWords();
  const now = useNow();
  return useMemo(() => (status ? lines(status, words, now) : []), [status, words, now]);
}

export function StatusDetails({ status, syncNow, close }: { status: Status; syncNow: () => void; close: () => void }): ReactNode {
  const { say, size } = useWords();
  const [, go] = useLocation();
  const all = useStatusLines(status);
  const percent = status.download?.percent ?? null;
  const off = status.connection.is !== 'connected';
  return (
    <div className="fb-status-details">
      <p className="fb-quiet">{say('status.workspace', { user: status.user, workspace: status.workspace })}</p>
      <ul>
        {all.map(({ id, text, see, urgent }) => (
          <li key={id} data-urgent={urgent || undefined}>
            {text}
            {see && (
              <Button className="fb-link" onPress={() => { close(); go(see); }}>
                {say('status.see')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {status.upload && <Progress label={say('status.up', status.upload)} value={status.upload.sent} of={status.upload.of} />}
      {percent !== null && <Progress label={say('status.downPercent', { percent, size: size(status.download?.bytes ?? 0) })} value={percent} of={100} />}
      <WorkOffline isOn={status.works_offline} />
      {!status.works_offline && (
        <Button className="fb-button" onPress={syncNow} isDisabled={status.connection.is === 'no-network'}>
          {say(off ? 'status.retry' : 'status.syncNow')}
        </Button>
      )}
    </div>
  );
}

function Progress({ label, value, of }: { label: string; value: number; of: number }): ReactNode {
  return (
    <ProgressBar className="fb-progress" value={value} maxValue={Math.max(of, 1)} aria-label={label}>
      {({ percentage }) => (
        <svg viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
          <rect width="100" height="2" className="fb-track" />
          <rect width={percentage ?? 0} height="2" className="fb-bar" />
        </svg>
      )}
    </ProgressBar>
  );
}

function lines(status: Status, { say, ago, size }: Words, now: number): Line[] {
  const server = new URL(status.server).host;
  const { connection, pending, oldest, upload, download } = status;
  const found: Line[] = [];
  for (const need of status.needs) {
    const count = need === 'conflicts' ? status.conflicts : status.rejected;
    const see = { conflicts: '/conflicts', rejected: '/log?show=refused', 'signed-out': '/sign-in' }[need];
    const text = say(`status.needs.${need}`, { count, workspace: status.workspace });
    found.push({ id: need, text, urgent: true, ...(see ? { see } : {}) });
  }
  const waiting = say('status.pending', { count: pending });
  found.push({ id: 'pending', text: oldest && pending > 0 ? `${waiting}, ${say('status.oldest', { ago: ago(oldest, now) })}` : waiting });
  found.push({ id: 'connection', text: cause(status, server, say) });
  found.push({ id: 'last', text: status.last_success ? say('status.last', { ago: ago(status.last_success, now) }) : say('status.never') });
  if (upload) found.push({ id: 'up', text: say('status.up', upload) });
  if (download) {
    const { percent, bytes } = download;
    const text = percent === null ? say('status.down', { size: size(bytes) }) : say('status.downPercent', { percent, size: size(bytes) });
    found.push({ id: 'down', text: download.first ? `${text}. ${say('status.first')}` : text });
  }
  if (status.until && status.activity === 'waiting' && connection.is !== 'no-network') found.push({ id: 'next', text: say('status.next', { ago: ago(status.until, now) }) });
  if (status.cause?.is === 'clock') found.push({ id: 'clock', text: say('status.clock', { minutes: Math.round(Math.abs(status.cause.off_ms) / MINUTE_MS) }) });
  return found;
}

/** How the connection is, and why it is not there. */
function cause({ connection, cause, works_offline }: Status, server: string, say: Words['say']): string {
  if (works_offline) return say('status.is.by-choice');
  if (cause?.is === 'blocked') return say('status.is.blocked', { server, answered: cause.answered });
  if (cause?.is === 'server-down') return say('status.is.unreachable', { server, because: cause.because });
  return say(`status.is.${connection.is}`, { server, because: connection.because ?? '' });
}
