// One asset: what it is, its numbers, what was noted of it.

import type { Fields } from '@fieldbook/client';
import { useQuery } from '@fieldbook/react';
import { Failed, Icon, useWords } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { type Act, useAct } from '../deeds.js';
import { Form } from '../parts/Form.js';
import { useKind } from '../parts/kinds.js';
import type { Room } from '../plan/scene.js';

export const STATUSES = ['draft', 'active', 'inactive', 'maintenance', 'decommissioned'] as const;

interface Details {
  id: string;
  nickname: string;
  kind: string;
  status: string | null;
  description: string | null;
  serial: string | null;
  tag: string | null;
  installed: string | null;
  labels: string | null;
  x: number | null;
  y: number | null;
  room: string | null;
  listing: string | null;
}

export function AssetPanel({ id, rooms, remove, close }: { id: string; rooms: Room[]; remove: () => void; close: () => void }): ReactNode {
  const { say, number } = useWords();
  const kind = useKind();
  const { rows, error } = useQuery<Details>(
    `SELECT asset.id, asset.nickname, asset.kind, asset.status, asset.description, asset.serial, asset.tag, asset.installed, asset.labels, asset.x, asset.y, asset.room, listing.name AS listing
      FROM asset LEFT JOIN listing ON listing.id = asset.listing WHERE asset.id = '${id}'`,
  );
  const { act, error: failed } = useAct();
  const asset = rows?.[0];
  if (rows && !asset) return <GonePanel id={id} close={close} />;
  if (!asset) return null;
  const edit = (set: Fields) => act('asset.edit', [{ update: 'asset', id, set }]);
  const room = rooms.find((it) => it.id === asset.room)?.name;
  const place = asset.x !== null && asset.y !== null ? say('asset.at', { x: number(asset.x / 1000, 2), y: number(asset.y / 1000, 2) }) : say('asset.unplaced');
  return (
    <>
      <PanelHead title={asset.nickname} close={close} />
      <p className="fb-quiet">{[kind(asset.kind), asset.listing, room, place].filter(Boolean).join(' · ')}</p>
      <Failed error={failed ?? error} />
      <Form
        key={id}
        type="asset"
        values={{ ...asset, status: asset.status ?? 'draft' }}
        save={say('save')}
        done={edit}
        fields={[
          { field: 'nickname', required: true },
          { field: 'status', kind: 'choice', options: STATUSES.map((value) => ({ value, words: say(`value.asset.status.${value}`) })) },
          { field: 'serial', max: 100 },
          { field: 'tag', max: 100 },
          { field: 'kind', required: true, max: 100 },
          { field: 'installed', kind: 'date' },
          { field: 'description', kind: 'long' },
        ]}
      />
      <Labels id={id} labels={read(asset.labels)} act={act} />
      <Properties id={id} act={act} />
      <Remarks id={id} act={act} />
      <div className="fb-row">
        <Link className="fb-button" href={`/history/asset/${id}`}>
          {say('history')}
        </Link>
        <Button className="fb-button fb-danger" onPress={remove}>
          {say('asset.delete')}
        </Button>
      </div>
    </>
  );
}

export function PanelHead({ title, close }: { title: string; close: () => void }): ReactNode {
  const { say } = useWords();
  return (
    <div className="st-panel-head">
      <h2 tabIndex={-1}>{title}</h2>
      <Button className="fb-plain" aria-label={say('panel.close')} onPress={close}>
        <Icon name="close" />
      </Button>
    </div>
  );
}

/** Somebody deleted what was open. */
function GonePanel({ id, close }: { id: string; close: () => void }): ReactNode {
  const { say } = useWords();
  return (
    <>
      <PanelHead title={say('asset.gone')} close={close} />
      <p>{say('asset.goneWhy')}</p>
      <Link className="fb-button" href={`/history/asset/${id}`}>
        {say('history')}
      </Link>
    </>
  );
}

function read(set: string | null): string[] {
  return set ? (JSON.parse(set) as string[]) : [];
}

function Labels({ id, labels, act }: { id: string; labels: string[]; act: Act }): ReactNode {
  const { say } = useWords();
  return (
    <section className="st-part">
      <h3>{say('field.asset.labels')}</h3>
      <div className="st-labels">
        {labels.map((label) => (
          <span key={label} className="fb-chip st-label">
            {label}
            <Button className="fb-plain" aria-label={say('label.remove', { label })} onPress={() => void act('asset.edit', [{ update: 'asset', id, exclude: { labels: [label] } }])}>
              <Icon name="close" />
            </Button>
          </span>
        ))}
      </div>
      <Line label={say('label.add')} max={50} add={(label) => act('asset.edit', [{ update: 'asset', id, include: { labels: [label] } }])} />
    </section>
  );
}

function Properties({ id, act }: { id: string; act: Act }): ReactNode {
  const { say } = useWords();
  const { rows } = useQuery<{ id: string; name: string; value: string | null }>(`SELECT id, name, value FROM property WHERE asset = '${id}' ORDER BY name COLLATE NOCASE, id`);
  const add = (name: string) => act('property.set', [{ insert: 'property', id: crypto.randomUUID(), fields: { asset: id, name } }]);
  return (
    <section className="st-part">
      <h3>{say('properties')}</h3>
      {rows?.map((property) => (
        <Property key={property.id} {...property} act={act} />
      ))}
      <Line label={say('property.add')} max={100} add={add} />
    </section>
  );
}

function Property({ id, name, value, act }: { id: string; name: string; value: string | null; act: Act }): ReactNode {
  const { say } = useWords();
  const [draft, setDraft] = useState<string>();
  const end = async () => {
    if (draft === undefined) return;
    if (draft.trim() !== (value ?? '')) await act('property.set', [{ update: 'property', id, set: { value: draft.trim() || null } }]);
    setDraft(undefined);
  };
  return (
    <div className="st-property">
      <label className="st-field">
        <span>{name}</span>
        <input
          value={draft ?? value ?? ''}
          maxLength={1000}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => void end()}
          onKeyDown={(event) => {
            if (event.key === 'Enter') void end();
            if (event.key === 'Escape') setDraft(undefined);
          }}
        />
      </label>
      <Button className="fb-plain" aria-label={say('property.remove', { name })} onPress={() => void act('property.set', [{ delete: 'property', id }])}>
        <Icon name="trash" />
      </Button>
    </div>
  );
}

function Remarks({ id, act }: { id: string; act: Act }): ReactNode {
  const { say, time, ago } = useWords();
  const { rows } = useQuery<{ id: string; body: string; written: string; gone: string | null }>(
    `SELECT remark.id, remark.body, remark.written, (SELECT it.id FROM remark it WHERE it.withdraws = remark.id LIMIT 1) AS gone
      FROM remark WHERE remark.asset = '${id}' AND remark.withdraws IS NULL ORDER BY remark.written DESC, remark.id`,
  );
  const now = () => new Date().toISOString();
  const write = (body: string) => act('remark.write', [{ insert: 'remark', id: crypto.randomUUID(), fields: { asset: id, body, written: now() } }]);
  const withdraw = (of: string, body: string) =>
    act('remark.withdraw', [{ insert: 'remark', id: crypto.randomUUID(), fields: { asset: id, body, written: now(), withdraws: of } }]);
  return (
    <section className="st-part">
      <h3>{say('remarks')}</h3>
      <Line label={say('remark.add')} add={write} />
      <ul className="st-remarks">
        {rows?.map((remark) => (
          <li key={remark.id} data-gone={remark.gone !== null || undefined}>
            <p>{remark.body}</p>
            <p className="fb-quiet">
              <time dateTime={remark.written} title={time(remark.written)}>
                {ago(remark.written)}
              </time>
              {remark.gone ? ` · ${say('remark.gone')}` : null}
              {!remark.gone && (
                <Button className="fb-link" aria-label={say('remark.withdrawThis', { body: remark.body })} onPress={() => void withdraw(remark.id, remark.body)}>
                  {say('remark.withdraw')}
                </Button>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A line to write in, and a button. What was typed stays until it is saved. */
export function Line({ label, add, max }: { label: string; add: (text: string) => Promise<boolean>; max?: number }): ReactNode {
  const [text, setText] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '' && (await add(text.trim()))) setText('');
  };
  return (
    <form className="st-line" onSubmit={(event) => void submit(event)}>
      <input aria-label={label} placeholder={label} value={text} maxLength={max} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" className="fb-button" aria-label={label} isDisabled={text.trim() === ''}>
        <Icon name="plus" />
      </Button>
    </form>
  );
}

