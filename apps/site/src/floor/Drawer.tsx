// The catalogue beside a plan: what is chosen here is placed with the next tap.

import { useQuery } from '@fieldbook/react';
import { Empty, useWords } from '@fieldbook/ui';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useKind } from '../parts/kinds.js';
import { PanelHead } from './AssetPanel.js';

export interface Placed {
  id: string;
  name: string;
  kind: string;
  specs: string | null;
}

export function Drawer({ estate, chosen, choose, close }: { estate: string; chosen: Placed | undefined; choose: (listing: Placed) => void; close: () => void }): ReactNode {
  const { say } = useWords();
  const kind = useKind();
  const [wanted, setWanted] = useState('');
  const { rows } = useQuery<Placed>(
    `SELECT id, name, kind, specs FROM listing WHERE estate = '${estate}' AND COALESCE(status, 'draft') != 'archived' ORDER BY name COLLATE NOCASE`,
  );
  const found = rows?.filter((listing) => `${listing.name} ${kind(listing.kind)}`.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase()));
  return (
    <>
      <PanelHead title={say('drawer.title')} close={close} />
      <p className="fb-quiet">{chosen ? say('drawer.now', { what: chosen.name }) : say('drawer.about')}</p>
      {(rows?.length ?? 0) > 8 && <input type="search" aria-label={say('drawer.search')} placeholder={say('drawer.search')} value={wanted} onChange={(event) => setWanted(event.target.value)} />}
      {rows?.length === 0 && (
        <Empty>
          <p>{say('drawer.none')}</p>
          <Link href={`/catalogue/${estate}`}>{say('catalogue')}</Link>
        </Empty>
      )}
      <ul className="st-rows">
        {found?.map((listing) => (
          <li key={listing.id}>
            <Button className="st-row" aria-pressed={chosen?.id === listing.id} onPress={() => choose(listing)}>
              <strong>{listing.name}</strong>
              <span className="fb-quiet">{kind(listing.kind)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
