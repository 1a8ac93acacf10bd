// One list. Everything is done on the device at once; who else sees it, and when, is the engine's business.

import { useQuery } from '@fieldbook/react';
import { Empty, Failed, Icon, Sure, useWords } from '@fieldbook/ui';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { AddLine } from './AddLine.js';
import { type Deeds, useDeeds } from './deeds.js';
import { all, type ItemRow } from './schema.js';

export function List({ id }: { id: string }): ReactNode {
  const { say } = useWords();
  const [, go] = useLocation();
  const isId = /^[0-9a-f-]{36}$/.test(id);
  const list = useQuery(isId ? { ...all.list, sql: `${all.list.sql} WHERE id = '${id}'` } : undefined);
  const items = useQuery(isId ? { ...all.item, sql: `${all.item.sql} WHERE list = '${id}' ORDER BY done, title COLLATE NOCASE` } : undefined);
  const deeds = useDeeds();
  const name = list.rows?.[0]?.name;
  return (
    <section className="fb-screen">
      <Link href="/" className="ck-back">
        <Icon name="back" /> {say('list.back')}
      </Link>
      {!isId || list.rows?.length === 0 ? (
        <Empty>{say('list.gone')}</Empty>
      ) : (
        <>
          <h1>{name}</h1>
          <AddLine label={say('list.title')} add={(title) => deeds.act({ insert: 'item', id: crypto.randomUUID(), fields: { list: id, title } })} />
          <Failed error={deeds.error ?? list.error ?? items.error} />
          {items.rows?.length === 0 && <Empty>{say('list.none')}</Empty>}
          <ul className="fb-list">
            {items.rows?.map((item) => (
              <Line key={item.id} item={item} deeds={deeds} />
            ))}
          </ul>
          <div className="fb-row">
            <Sure
              ask={say('list.deleteAsk')}
              why={say('list.deleteWhy')}
              yes={say('list.deleteList')}
              done={() => void deeds.act({ delete: 'list', id }).then((done) => done && go('/'))}
            />
          </div>
        </>
      )}
    </section>
  );
}

function Line({ item, deeds }: { item: ItemRow; deeds: Deeds }): ReactNode {
  const { say } = useWords();
  const { id, title, count } = item;
  const done = Boolean(item.done);
  return (
    <li className="ck-item" data-done={done || undefined}>
      <Checkbox className="fb-check" aria-label={title} isSelected={done} onChange={(done) => void deeds.act({ update: 'item', id, set: { done } })}>
        <span className="fb-box" />
      </Checkbox>
      <Title title={title} reword={(title) => void deeds.act({ update: 'item', id, set: { title } })} />
      <span className="ck-count">
        <Button className="fb-plain" aria-label={say('list.less')} onPress={() => void deeds.act({ update: 'item', id, add: { count: -1 } })}>
          −
        </Button>
        {count}
        <Button className="fb-plain" aria-label={say('list.more')} onPress={() => void deeds.act({ update: 'item', id, add: { count: 1 } })}>
          +
        </Button>
      </span>
      <Button className="fb-plain" aria-label={say('list.delete', { what: title })} onPress={() => void deeds.act({ delete: 'item', id })}>
        <Icon name="trash" />
      </Button>
    </li>
  );
}

/** A title that becomes a line to write in. */
function Title({ title, reword }: { title: string; reword: (title: string) => void }): ReactNode {
  const { say } = useWords();
  const [draft, setDraft] = useState<string>();
  const end = () => {
    if (draft !== undefined && draft.trim() !== '' && draft !== title) reword(draft.trim());
    setDraft(undefined);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter') end();
    if (event.key === 'Escape') setDraft(undefined);
  };
  if (draft === undefined) {
    return (
      <Button className="ck-title" aria-label={say('list.reword', { what: title })} onPress={() => setDraft(title)}>
        {title}
      </Button>
    );
  }
  return <input aria-label={say('list.title')} value={draft} autoFocus maxLength={200} onChange={(event) => setDraft(event.target.value)} onBlur={end} onKeyDown={key} />;
}
