// All lists, with how much of each is left.

import { useQuery } from '@fieldbook/react';
import { Empty, Failed, useWords } from '@fieldbook/ui';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { AddLine } from './AddLine.js';
import { useDeeds } from './deeds.js';
import type { ListRow } from './schema.js';

const LISTS = `SELECT list.id, list.name, COUNT(item.id) AS items, COALESCE(SUM(NOT item.done), 0) AS "left"
  FROM list LEFT JOIN item ON item.list = list.id GROUP BY list.id ORDER BY list.name COLLATE NOCASE`;

export function Lists(): ReactNode {
  const { say } = useWords();
  const { rows, error } = useQuery<Pick<ListRow, 'id' | 'name'> & { items: number; left: number }>(LISTS);
  const deeds = useDeeds();
  return (
    <section className="fb-screen">
      <h1>{say('nav.lists')}</h1>
      <AddLine label={say('lists.name')} add={(name) => deeds.act({ insert: 'list', id: crypto.randomUUID(), fields: { name } })} />
      <Failed error={deeds.error ?? error} />
      {rows?.length === 0 && <Empty>{say('lists.none')}</Empty>}
      <ul className="fb-list">
        {rows?.map(({ id, name, items, left }) => (
          <li key={id}>
            <Link className="ck-list" href={`/list/${id}`}>
              <strong>{name}</strong>
              {items > 0 && <span className="fb-quiet">{say('lists.left', { left })}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
