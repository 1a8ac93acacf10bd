// Where one is, and the other floors of the building: which are here, and which are not.

import type { Part } from '@fieldbook/client';
import { Icon, useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Link } from 'wouter';
import { Mark } from '../parts/Load.js';
import { type Floor, useFloorsOf } from '../places/places.js';
import { Present } from './Present.js';

export function Crumbs({ floor, parts, again }: { floor: Floor; parts: Map<string, Part>; again: () => void }): ReactNode {
  const { say } = useWords();
  const floors = useFloorsOf(floor.building);
  return (
    <div className="st-head">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href="/">{say('nav.estates')}</Link>
        <Link href={`/estate/${floor.estate}`}>{floor.estateName}</Link>
        <span>{floor.siteName}</span>
        <span>{floor.buildingName}</span>
      </nav>
      <div className="st-here">
        <h1>{floor.name}</h1>
        <Present floor={floor.id} />
        <DialogTrigger>
          <Button className="fb-button st-switch" aria-label={say('floors.switch')}>
            <Icon name="list" /> <span>{say('floors')}</span>
          </Button>
          <Popover className="fb-popover" placement="bottom end">
            <Dialog aria-label={say('floors.of', { building: floor.buildingName })}>
              {({ close }) => (
                <ul className="fb-plain-list st-floors">
                  {floors.map((one) => (
                    <li key={one.id}>
                      <span>
                        <Link className="st-floor" href={`/floor/${one.id}`} aria-current={one.id === floor.id ? 'page' : undefined} onClick={close}>
                          {one.name}
                        </Link>
                      </span>
                      <Mark part={parts.get(one.id)} version={one.version} again={again} />
                    </li>
                  ))}
                </ul>
              )}
            </Dialog>
          </Popover>
        </DialogTrigger>
      </div>
    </div>
  );
}
