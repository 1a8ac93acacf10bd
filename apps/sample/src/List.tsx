// One list. Everything is done on the device at once; who else sees it, and when, is the engine's business.

import { useQuery } from '@fieldbook/react';
import { Empty, Failed, Icon, Sure, useWords } from '@fieldbook/ui';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { AddLine } from './AddLine.js';
import { type Deeds, useDeeds } from './deeds.js';

interface Item {
  id: string;
  title: string;
  done: boolean | number;
  count: number;
}

export function List({ id }: { id: string }): ReactNode {
  const { say } = useWords();
  const [, go] = useLocation();
  const isId = /^[0-9a-f-]{36}$/.test(id);
  const list = useQuery<{ name: string }>(isId ? `SELECT name FROM list WHERE id = '${id}'` : undefined);
  const items = useQuery<Item>(isId ? `SELECT id, title, done, count FROM item WHERE list = '${id}' ORDER BY done, title COLLATE NOCASE` : undefined);
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
          <AddLine label={say('list.title')} add={(title) => deeds.add('item', { list: id, title })} />
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
              done={() => void deeds.remove('list', id).then((done) => done && go('/'))}
            />
          </div>
        </>
      )}
    </section>
  );
}

function Line({ item, deeds }: { item: Item; deeds: Deeds }): ReactNode {
  const { say } = useWords();
  const { id, title, count } = item;
  const done = Boolean(item.done);
  return (
    <li className="ck-item" data-done={done || undefined}>
      <Checkbox className="fb-check" aria-label={title} isSelected={done} onChange={(done) => void deeds.set('item', id, { done })}>
        <span className="fb-box" />
      </Checkbox>
      <Title title={title} reword={(title) => void deeds.set('item', id, { title })} />
      <span className="ck-count">
        <Button className="fb-plain" aria-label={say('list.less')} onPress={() => void deeds.count('item', id, { count: -1 })}>
          −
        </Button>
        {count}
        <Button className="fb-plain" aria-label={say('list.more')} onPress={() => void deeds.count('item', id, { count: 1 })}>
          +
        </Button>
      </span>
      <Button className="fb-plain" aria-label={say('list.delete', { what: title })} onPress={() => void deeds.remove('item', id)}>
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
