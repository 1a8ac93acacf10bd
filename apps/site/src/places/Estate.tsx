// One estate: its sites, their buildings, their floors. Each has its name and details to edit, and each floor says whether it is here.

import type { Fields, Json, Part } from '@fieldbook/client';
import { useFieldbook, useQuery } from '@fieldbook/react';
import { Empty, Failed, Icon, useNames, useWords } from '@fieldbook/ui';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { type Act, useAct } from '../deeds.js';
import { type FieldSpec, Form } from '../parts/Form.js';
import { isHere, LoadButton, Mark, NotHere } from '../parts/Load.js';
import { Unfit, useUnfit } from '../parts/Unfit.js';
import { Online } from '../parts/Online.js';
import { BUILDING_FIELDS, ESTATE_FIELDS, FLOOR_FIELDS, SITE_FIELDS } from './fields.js';
import { type Floor, idOf, useAllFloors, useParts } from './places.js';

type Named = { id: string; name: string } & { [field: string]: Json };

export function Estate({ id: given }: { id: string | undefined }): ReactNode {
  const { say } = useWords();
  const id = idOf(given);
  const estates = useQuery<Named>(id && `SELECT id, _version, name, description, address, contact FROM estate WHERE id = '${id}'`);
  const sites = useQuery<Named>(id && `SELECT id, name, postcode, address FROM site WHERE estate = '${id}' ORDER BY name COLLATE NOCASE`);
  const buildings = useQuery<Named>(
    id && `SELECT building.id, building.name, building.levels, building.site FROM building JOIN site ON site.id = building.site WHERE site.estate = '${id}' ORDER BY building.name COLLATE NOCASE`,
  );
  const floors = useAllFloors(id);
  const { parts, again } = useParts();
  const { act, error } = useAct();
  const estate = estates.rows?.[0];
  const part = id ? parts?.get(id) : undefined;
  const isWhole = parts !== undefined && floors !== undefined && floors.every((floor) => isHere(parts.get(floor.id), floor.version));
  if (!id || estates.rows?.length === 0) return <Gone />;
  if (!estate) return null;
  if (part && !isHere(part, Number(estate._version))) return <section className="fb-screen"><NotHere part={part} again={again} /></section>;
  return (
    <section className="fb-screen">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href="/">{say('nav.estates')}</Link>
      </nav>
      <Editable type="estate" action="estate.edit" record={estate} fields={ESTATE_FIELDS} act={act} level="h1" />
      <Failed error={error ?? estates.error ?? sites.error} />
      <div className="fb-row">
        <Link className="fb-button" href={`/catalogue/${id}`}>
          {say('catalogue')}
        </Link>
        {part && !isWhole && <Online otherwise={<p className="fb-quiet">{say('load.estateNeeds')}</p>}><LoadButton part={part} again={again} beneath /></Online>}
      </div>
      {sites.rows?.length === 0 && <Empty>{say('sites.none')}</Empty>}
      {sites.rows?.map((site) => (
        <div key={site.id} className="fb-card">
          <Editable type="site" action="site.edit" record={site} fields={SITE_FIELDS} act={act} level="h2" />
          <p className="fb-quiet">{[site.address, site.postcode].filter(Boolean).join(', ')}</p>
          {buildings.rows
            ?.filter((building) => building.site === site.id)
            .map((building) => (
              <Building key={building.id} building={building} floors={floors?.filter((floor) => floor.building === building.id) ?? []} act={act} parts={parts} again={again} />
            ))}
          <Add type="building" action="building.add" fields={BUILDING_FIELDS} within={{ site: site.id }} act={act} />
        </div>
      ))}
      <Add type="site" action="site.add" fields={SITE_FIELDS} within={{ estate: id }} act={act} />
    </section>
  );
}

function Building({ building, floors, act, parts, again }: { building: Named; floors: Floor[]; act: Act; parts: Map<string, Part> | undefined; again: () => void }): ReactNode {
  const unfit = useUnfit();
  return (
    <div className="st-building">
      <Editable type="building" action="building.edit" record={building} fields={BUILDING_FIELDS} act={act} level="h3" />
      <ul className="fb-plain-list">
        {floors.map((floor) => (
          <li key={floor.id}>
            <span>
              <Link className="st-floor" href={`/floor/${floor.id}`}>
                {floor.name}
              </Link>
            </span>
            <Mark part={parts?.get(floor.id)} version={floor.version} again={again} />
            <Unfit blob={unfit.get(floor.id)} />
          </li>
        ))}
      </ul>
      <Add type="floor" action="floor.add" fields={FLOOR_FIELDS} within={{ building: building.id }} act={act} />
    </div>
  );
}

interface EditableProps {
  type: string;
  action: string;
  record: Named;
  fields: FieldSpec[];
  act: Act;
  level: 'h1' | 'h2' | 'h3';
}

/** A name, which becomes a form with all the details. */
export function Editable({ type, action, record, fields, act, level: Heading }: EditableProps): ReactNode {
  const { say } = useWords();
  const [isOpen, setOpen] = useState(false);
  const save = async (set: Fields) => {
    const done = await act(action, [{ update: type, id: record.id, set }]);
    if (done) setOpen(false);
    return done;
  };
  return (
    <>
      <div className="st-title">
        <Heading>{record.name}</Heading>
        {!isOpen && (
          <Button className="fb-link" aria-label={say('edit.what', { what: record.name })} onPress={() => setOpen(true)}>
            {say('edit')}
          </Button>
        )}
        <Link className="st-link" href={`/history/${type}/${record.id}`} aria-label={say('history.of', { what: record.name })}>
          {say('history')}
        </Link>
      </div>
      {isOpen && <Form type={type} fields={fields} values={record} save={say('save')} done={save} cancel={() => setOpen(false)} />}
    </>
  );
}

function Add({ type, action, fields, within, act }: { type: string; action: string; fields: FieldSpec[]; within: Fields; act: Act }): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const book = useFieldbook();
  const [isOpen, setOpen] = useState(false);
  const label = say('add.what', { what: names.type(type) });
  const add = async (fields: Fields) => {
    const id = crypto.randomUUID();
    const done = await act(action, [{ insert: type, id, fields: { ...within, ...fields } }]);
    if (done) setOpen(false);
    // Whoever makes a part has it here.
    if (done && type === 'floor') await book.load(type, id);
    return done;
  };
  if (!isOpen) {
    return (
      <Button className="fb-button st-add" onPress={() => setOpen(true)}>
        <Icon name="plus" /> {label}
      </Button>
    );
  }
  return (
    <div className="st-adding">
      <strong>{label}</strong>
      <Form type={type} fields={fields} save={say('save')} done={add} cancel={() => setOpen(false)} />
    </div>
  );
}

export function Gone(): ReactNode {
  const { say } = useWords();
  return (
    <section className="fb-screen">
      <Empty>{say('gone')}</Empty>
      <Link href="/">{say('nav.estates')}</Link>
    </section>
  );
}
