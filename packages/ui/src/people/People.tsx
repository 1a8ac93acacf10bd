// The people of a workspace, for whoever administers it: who is what, who is invited, which devices there are.

import { useState, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { NeedsConnection } from '../parts/NeedsConnection.js';
import { useWords } from '../words/index.js';
import { Devices } from './Devices.js';
import { Invites } from './Invites.js';
import { Members } from './Members.js';

const ROLES = ['owner', 'admin'];

/** Whether somebody with this role administers people. */
export function administers(role: string): boolean {
  return ROLES.includes(role);
}

const PARTS = { members: Members, invites: Invites, devices: Devices } as const;
type Part = keyof typeof PARTS;

export function People(): ReactNode {
  const { say } = useWords();
  const [part, setPart] = useState<Part>('members');
  return (
    <section className="fb-screen">
      <h1>{say('people.title')}</h1>
      <NeedsConnection what={say('people.needs')}>
        <Tabs selectedKey={part} onSelectionChange={(key) => setPart(key as Part)}>
          <TabList className="fb-tabs" aria-label={say('people.title')}>
            {Object.keys(PARTS).map((name) => (
              <Tab key={name} id={name}>
                {say(`people.${name}`)}
              </Tab>
            ))}
          </TabList>
          {Object.entries(PARTS).map(([name, Show]) => (
            <TabPanel key={name} id={name}>
              <Show />
            </TabPanel>
          ))}
        </Tabs>
      </NeedsConnection>
    </section>
  );
}
