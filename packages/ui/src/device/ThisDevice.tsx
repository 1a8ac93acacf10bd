// Who is signed in here, what is stored, and how the app looks.

import type { Identity } from '@fieldbook/client';
import { useStatus } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button, Radio, RadioGroup } from 'react-aria-components';
import { Link } from 'wouter';
import { Copy } from '../parts/Copy.js';
import { LANGUAGES, type Language, useLanguage, useWords } from '../words/index.js';
import { WorkOffline } from '../status/WorkOffline.js';
import { Diagnose } from './Diagnose.js';
import { Offline } from './Offline.js';
import { Passphrase } from './Passphrase.js';
import { Sessions } from './Sessions.js';
import { SignOut } from './SignOut.js';
import { useStorage } from './storage.js';
import { THEMES, type Theme, useTheme } from './theme.js';

export function ThisDevice({ identity, version }: { identity: Identity; version: string | undefined }): ReactNode {
  const { say } = useWords();
  return (
    <section className="fb-screen">
      <h1>{say('device.title')}</h1>
      <Who identity={identity} />
      <Link className="fb-button fb-start" href="/ready">
        {say('ready.link')}
      </Link>
      <Away />
      <Offline />
      <Stored />
      <Passphrase />
      <Look />
      <Sessions here={identity.device_id} />
      <SignOut />
      <Diagnose />
      {version && <p className="fb-quiet">{say('device.version', { version })}</p>}
    </section>
  );
}

function Who({ identity }: { identity: Identity }): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  const rows: [string, string][] = [
    [say('device.user'), identity.user],
    [say('device.workspace'), identity.workspace],
    [say('device.role'), identity.role],
    [say('device.server'), status?.server ?? ''],
    [say('device.id'), identity.device_id],
  ];
  return (
    <div className="fb-card">
      <h2>{say('device.who')}</h2>
      <dl className="fb-facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Copy text={identity.device_id} />
    </div>
  );
}

function Away(): ReactNode {
  const { say } = useWords();
  const status = useStatus();
  if (!status) return null;
  return (
    <div className="fb-card">
      <h2>{say('device.network')}</h2>
      <WorkOffline isOn={status.works_offline} />
    </div>
  );
}

function Stored(): ReactNode {
  const { say, size } = useWords();
  const { storage, persist } = useStorage();
  const [isRefused, setRefused] = useState(false);
  if (!storage) return null;
  return (
    <div className="fb-card">
      <h2>{say('device.storage')}</h2>
      <p>{say('device.used', { used: size(storage.used), quota: size(storage.quota) })}</p>
      <p>{say(storage.persisted ? 'device.persisted' : 'device.notPersisted')}</p>
      {!storage.persisted && (
        <Button className="fb-button" onPress={() => void persist().then((promised) => setRefused(!promised))}>
          {say('device.persist')}
        </Button>
      )}
      {isRefused && <p role="status">{say('device.persistNo')}</p>}
    </div>
  );
}

function Look(): ReactNode {
  const { say } = useWords();
  const [theme, setTheme] = useTheme();
  const { language, choose } = useLanguage();
  return (
    <div className="fb-card">
      <h2>{say('device.look')}</h2>
      <Choice label={say('device.theme')} value={theme} all={THEMES.map((name) => [name, say(`device.theme.${name}`)])} choose={(to) => setTheme(to as Theme)} />
      <Choice label={say('device.language')} value={language} all={Object.entries(LANGUAGES)} choose={(to) => choose(to as Language)} />
    </div>
  );
}

function Choice({ label, value, all, choose }: { label: string; value: string; all: [string, string][]; choose: (to: string) => void }): ReactNode {
  return (
    <div>
      <h3>{label}</h3>
      <RadioGroup className="fb-filter" aria-label={label} value={value} onChange={choose}>
        {all.map(([name, words]) => (
          <Radio key={name} value={name}>
            {words}
          </Radio>
        ))}
      </RadioGroup>
    </div>
  );
}
