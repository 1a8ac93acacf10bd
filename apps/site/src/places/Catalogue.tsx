// What may be placed on the plans of an estate.

import type { Fields } from '@fieldbook/client';
import { useQuery } from '@fieldbook/react';
import { Empty, Failed, Icon, useWords } from '@fieldbook/ui';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAct } from '../deeds.js';
import { Form } from '../parts/Form.js';
import { useKind } from '../parts/kinds.js';
import { Gone } from './Estate.js';
import { LISTING_FIELDS } from './fields.js';
import { idOf } from './places.js';

export interface Listing {
  id: string;
  name: string;
  kind: string;
  supplier: string | null;
  status: string | null;
  price: string | null;
}

const STATUSES = ['draft', 'submitted', 'approved', 'archived'];

export function Catalogue({ estate: given }: { estate: string | undefined }): ReactNode {
  const { say } = useWords();
  const kind = useKind();
  const id = idOf(given);
  const estates = useQuery<{ name: string }>(id && `SELECT name FROM estate WHERE id = '${id}'`);
  const { rows, error } = useQuery<Listing>(
    id && `SELECT id, name, kind, supplier, status, decimal_text(price, 2) AS price FROM listing WHERE estate = '${id}' ORDER BY name COLLATE NOCASE`,
  );
  const { act, error: failed } = useAct();
  const [open, setOpen] = useState<string>();
  if (!id || estates.rows?.length === 0) return <Gone />;
  const fields = [...LISTING_FIELDS, { field: 'status', kind: 'choice' as const, options: STATUSES.map((value) => ({ value, words: say(`value.listing.status.${value}`) })) }];
  const save = (listing: Listing | undefined) => async (set: Fields) => {
    const done = listing
      ? await act('listing.edit', [{ update: 'listing', id: listing.id, set }])
      : await act('listing.add', [{ insert: 'listing', id: crypto.randomUUID(), fields: { estate: id, status: 'approved', ...set } }]);
    if (done) setOpen(undefined);
    return done;
  };
  return (
    <section className="fb-screen">
      <nav className="st-crumbs" aria-label={say('crumbs')}>
        <Link href="/">{say('nav.estates')}</Link>
        <Link href={`/estate/${id}`}>{estates.rows?.[0]?.name}</Link>
      </nav>
      <div className="fb-screen-head">
        <h1>{say('catalogue')}</h1>
        <Button className="fb-button" onPress={() => setOpen('new')}>
          <Icon name="plus" /> {say('listing.add')}
        </Button>
      </div>
      <Failed error={failed ?? error} />
      {open === 'new' && (
        <div className="fb-card">
          <Form type="listing" fields={LISTING_FIELDS} save={say('save')} done={save(undefined)} cancel={() => setOpen(undefined)} />
        </div>
      )}
      {rows?.length === 0 && open !== 'new' && <Empty>{say('listings.none')}</Empty>}
      <ul className="fb-list">
        {rows?.map((listing) => (
          <li key={listing.id} className="fb-card">
            <div className="st-title">
              <strong>{listing.name}</strong>
              <Button className="fb-link" aria-label={say('edit.what', { what: listing.name })} onPress={() => setOpen(listing.id)}>
                {say('edit')}
              </Button>
              <Link className="st-link" href={`/history/listing/${listing.id}`} aria-label={say('history.of', { what: listing.name })}>
                {say('history')}
              </Link>
            </div>
            <p className="fb-quiet">
              {[kind(listing.kind), listing.supplier, listing.price && say('listing.price', { price: listing.price }), listing.status && say(`value.listing.status.${listing.status}`)].filter(Boolean).join(' · ')}
            </p>
            {open === listing.id && <Form type="listing" fields={fields} values={{ ...listing }} save={say('save')} done={save(listing)} cancel={() => setOpen(undefined)} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
