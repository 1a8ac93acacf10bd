// All estates: what is here opens at once, what is not says how it comes.

import type { Fields, Part } from '@fieldbook/client';
import { useFieldbook, useQuery } from '@fieldbook/react';
import { Empty, Failed, Icon, useWords } from '@fieldbook/ui';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Form } from '../parts/Form.js';
import { isHere, LoadButton, Mark } from '../parts/Load.js';
import { Online } from '../parts/Online.js';
import { ESTATE_FIELDS } from './fields.js';
import { useParts } from './places.js';

interface EstateRow {
  id: string;
  version: number;
  name: string;
  description: string | null;
  buildings: number;
  floors: number;
}

const ESTATES = `SELECT estate.id, estate._version AS version, estate.name, estate.description, COUNT(DISTINCT building.id) AS buildings, COUNT(DISTINCT floor.id) AS floors
  FROM estate LEFT JOIN site ON site.estate = estate.id LEFT JOIN building ON building.site = site.id LEFT JOIN floor ON floor.building = building.id
  GROUP BY estate.id ORDER BY estate.name COLLATE NOCASE`;

export function Estates(): ReactNode {
  const { say } = useWords();
  const { rows, error } = useQuery<EstateRow>(ESTATES);
  const { parts, again } = useParts();
  const { act, error: failed } = useAct();
  const book = useFieldbook();
  const [isAdding, setAdding] = useState(false);
  const add = async (fields: Fields) => {
    const id = crypto.randomUUID();
    const done = await act('estate.add', [{ insert: 'estate', id, fields }]);
    if (done) {
      setAdding(false);
      // Whoever makes a part has it here.
      await book.load('estate', id);
      again();
    }
    return done;
  };
  return (
    <section className="fb-screen">
      <div className="fb-screen-head">
        <h1>{say('nav.estates')}</h1>
        {!isAdding && (
          <Button className="fb-button" onPress={() => setAdding(true)}>
            <Icon name="plus" /> {say('estate.add')}
          </Button>
        )}
      </div>
      <Failed error={failed ?? error} />
      {isAdding && (
        <div className="fb-card">
          <h2>{say('estate.add')}</h2>
          <Form type="estate" fields={ESTATE_FIELDS} save={say('save')} done={add} cancel={() => setAdding(false)} />
        </div>
      )}
      {rows?.length === 0 && <Empty>{say('estates.none')}</Empty>}
      <ul className="fb-list">
        {rows?.map((estate) => {
          const part = parts?.get(estate.id);
          return (
            <li key={estate.id} className="fb-card st-estate">
              <h2>{isHere(part, estate.version) ? <Link href={`/estate/${estate.id}`}>{estate.name}</Link> : estate.name}</h2>
              {estate.description && <p className="fb-quiet">{estate.description}</p>}
              {isHere(part, estate.version) && <p className="fb-quiet">{say('estate.holds', { buildings: estate.buildings, floors: estate.floors })}</p>}
              <div className="fb-row">
                <Mark part={part} version={estate.version} again={again} />
                {part?.state === 'offered' && estate.version > 0 && <NeedsLine part={part} again={again} />}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function NeedsLine({ part, again }: { part: Part; again: () => void }): ReactNode {
  const { say } = useWords();
  return (
    <Online otherwise={<p className="fb-quiet st-wide">{say('load.estateNeeds')}</p>}>
      <LoadButton part={part} again={again} beneath />
    </Online>
  );
}
