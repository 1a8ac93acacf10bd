// Signing in: for a new device, and again where a session has ended. What is on the device stays there.

import type { Failure, Joined } from '@fieldbook/client';
import { useFieldbook, useStatus } from '@fieldbook/react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Form } from 'react-aria-components';
import { Failed } from '../parts/Failed.js';
import { wantedWorkspace } from '../workspaces/wanted.js';
import { useWords, type Words } from '../words/index.js';
import { Line } from './Line.js';

export function SignIn({ joined, done }: { joined?: Joined | undefined; done?: () => void }): ReactNode {
  const words = useWords();
  const { say } = words;
  const book = useFieldbook();
  const status = useStatus();
  // Whose device it is that cannot say so itself.
  const here = book.places().find((place) => place.here);
  const wanted = { workspace: here?.workspace ?? undefined, user: here?.user ?? undefined, ...wantedWorkspace() };
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<Failure>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setGoing(true);
    setError(undefined);
    const said = await book.signIn({
      workspace: text('workspace'),
      user: text('user'),
      password: String(form.get('password') ?? ''),
      device_name: text('device') || thisDevice(words),
    });
    setGoing(false);
    if (said.ok) done?.();
    else setError(said.error);
  };
  return (
    <>
      <h2>{say(status ? 'signIn.again' : 'signIn.title')}</h2>
      {status && <p>{say('signIn.againWhy')}</p>}
      {joined && <p role="status">{say('join.done', { workspace: joined.workspace })}</p>}
      <Form onSubmit={(event) => void submit(event)} className="fb-form">
        {/* Who was here is known a moment after the form is. */}
        <Line key={`workspace ${status?.workspace}`} name="workspace" label={say('signIn.workspace')} help={say('signIn.workspaceHelp')} value={status?.workspace ?? joined?.workspace ?? wanted.workspace} complete="organization" />
        <Line key={`user ${status?.user}`} name="user" label={say('signIn.user')} value={status?.user ?? joined?.user ?? wanted.user} complete="username" />
        <Line name="password" label={say('signIn.password')} type="password" complete="current-password" />
        {!status && <Line name="device" label={say('signIn.device')} help={say('signIn.deviceHelp')} value={thisDevice(words)} />}
        <Failed error={error} />
        <Button type="submit" className="fb-button fb-primary" isPending={going}>
          {say(going ? 'signIn.going' : 'signIn.go')}
        </Button>
        <p className="fb-quiet">{say('signIn.needs')}</p>
      </Form>
    </>
  );
}

/** What this device may be called, from what its browser says of itself. */
function thisDevice({ say }: Words): string {
  const agent = navigator.userAgent;
  const found = (names: [RegExp, string][], otherwise: string) => names.find(([sign]) => sign.test(agent))?.[1] ?? otherwise;
  const browser = found([[/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari']], 'Browser');
  const system = found([[/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Windows/, 'Windows'], [/Mac OS/, 'Mac'], [/Linux/, 'Linux']], 'Web');
  return say('signIn.deviceName', { browser, system });
}
