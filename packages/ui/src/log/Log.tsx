// What was done on this device, as sentences, and what became of each.

import type { Change, Failure, LogEntry } from '@fieldbook/client';
import { useFieldbook, useLog } from '@fieldbook/react';
import { type ReactNode, useMemo, useState } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading, Radio, RadioGroup } from 'react-aria-components';
import { Link, useSearchParams } from 'wouter';
import { sentence } from '../names/sentence.js';
import { subject, useLabels, useNames } from '../names/index.js';
import { useSaid } from '../notices/Said.js';
import { Copy } from '../parts/Copy.js';
import { Empty } from '../parts/Empty.js';
import { Failed } from '../parts/Failed.js';
import { save } from '../parts/save.js';
import { Sure } from '../parts/Sure.js';
import { useNow, useWords } from '../words/index.js';

const PAGE = 50;
/** So many changes of one action are shown, of which there may be thousands. */
const CHANGES = 50;
/** More than any log has. */
const ALL = 10_000_000;
const SHOWN = { all: () => true, open: isOpen, refused: ({ state }: LogEntry) => state === 'rejected' } as const;
type Show = keyof typeof SHOWN;

function isOpen({ state }: LogEntry): boolean {
  return ['waiting', 'in-flight', 'conflicted', 'lost-base'].includes(state);
}

export function Log({ workspace }: { workspace: string }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const [search, setSearch] = useSearchParams();
  const [max, setMax] = useState(PAGE);
  const [error, setError] = useState<Failure>();
  const log = useLog(max);
  const wanted = search.get('show') ?? 'all';
  const show: Show = wanted in SHOWN ? (wanted as Show) : 'all';
  const entries = useMemo(() => log.value?.filter(SHOWN[show]), [log.value, show]);
  const heads = useMemo(() => (entries ?? []).flatMap(({ changes }) => changes.slice(0, 1)), [entries]);
  const label = useLabels(heads);
  const out = async () => {
    const said = await book.log(ALL);
    if (said.ok) save(`${workspace}-log.jsonl`, said.value.map((entry) => JSON.stringify(entry)).join('\n'));
    else setError(said.error);
  };
  return (
    <section className="fb-screen">
      <header className="fb-screen-head">
        <div>
          <h1>{say('log.title')}</h1>
          <p className="fb-quiet">{say('log.about')}</p>
        </div>
        <Button className="fb-button" onPress={() => void out()}>
          {say('log.export')}
        </Button>
      </header>
      <RadioGroup className="fb-filter" aria-label={say('log.filter')} value={show} onChange={(to) => setSearch(to === 'all' ? {} : { show: to })}>
        {(Object.keys(SHOWN) as Show[]).map((name) => (
          <Radio key={name} value={name}>
            {say(`log.${name}`)}
          </Radio>
        ))}
      </RadioGroup>
      <Failed error={error ?? log.error} />
      {entries?.length === 0 && <Empty>{log.value?.length === 0 ? say('log.empty', { workspace }) : say('log.none')}</Empty>}
      <ul className="fb-list">
        {entries?.map((entry) => (
          <Entry key={entry.op_id} entry={entry} label={label} failed={setError} />
        ))}
      </ul>
      {log.value?.length === max && (
        <Button className="fb-button" onPress={() => setMax(max + PAGE)}>
          {say('log.more')}
        </Button>
      )}
    </section>
  );
}

interface EntryProps {
  entry: LogEntry;
  label: (type: string, id: string) => string;
  failed: (error: Failure | undefined) => void;
}

function Entry({ entry, label, failed }: EntryProps): ReactNode {
  const words = useWords();
  const names = useNames();
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const { say, time, ago } = words;
  const what = sentence({ action: entry.type, changes: entry.changes }, words, names, label);
  const state = entry.undone && entry.state === 'committed' ? say('log.undone') : say(`log.state.${entry.state}`);
  return (
    <li className="fb-entry" data-state={entry.state}>
      <Disclosure isExpanded={isOpen} onExpandedChange={setOpen}>
        <Heading>
          <Button slot="trigger" className="fb-entry-head">
            <span className="fb-entry-what">{what}</span>
            <span className="fb-chip" data-state={entry.state}>
              {state}
            </span>
            <time dateTime={entry.created_at} title={time(entry.created_at)}>
              {ago(entry.created_at, now)}
            </time>
          </Button>
        </Heading>
        <DisclosurePanel>
          {entry.words && <p className="fb-failed">{entry.words} <span className="fb-quiet">({entry.code})</span></p>}
          {entry.partly && <p>{say('log.partly')}</p>}
          {entry.in_doubt && <p>{say('log.doubt')}</p>}
          {isOpen && <Changes changes={entry.changes} />}
          <p className="fb-quiet">
            {say('log.at', { time: time(entry.created_at) })} · {say('log.op', { id: entry.op_id })} <Copy text={entry.op_id} />
          </p>
          <Deeds entry={entry} what={what} failed={failed} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
}

/** What may be done about an action. */
function Deeds({ entry, what, failed }: { entry: LogEntry; what: string; failed: (error: Failure | undefined) => void }): ReactNode {
  const { say } = useWords();
  const book = useFieldbook();
  const said = useSaid();
  const canUndo = !entry.undone && ['waiting', 'in-flight', 'answered', 'committed'].includes(entry.state);
  const back = async (way: 'undo' | 'redo') => {
    const done = await book[way](entry.seq);
    failed(done.ok ? undefined : done.error);
    if (done.ok) said(say(`${way}.done`, { what }));
  };
  const discard = async () => {
    const done = await book.discard(entry.op_id);
    failed(done.ok ? undefined : done.error);
  };
  const again = async () => {
    const done = await book.retry(entry.seq);
    failed(done.ok ? undefined : done.error);
  };
  const [first] = entry.changes;
  const about = first && subject(first);
  return (
    <div className="fb-row">
      {about && (
        <Link className="fb-button" href={`/history/${about.type}/${about.id}`}>
          {say('history.open')}
        </Link>
      )}
      {entry.state === 'rejected' && <Button className="fb-button" onPress={() => void again()}>{say('log.retry')}</Button>}
      {canUndo && <Button className="fb-button" onPress={() => void back('undo')}>{say('undo')}</Button>}
      {entry.undone && <Button className="fb-button" onPress={() => void back('redo')}>{say('redo')}</Button>}
      {['rejected', 'conflicted', 'lost-base'].includes(entry.state) && (
        <Sure ask={say('log.discardAsk')} why={say('log.discardWhy')} yes={say('log.discard')} done={() => void discard()} />
      )}
    </div>
  );
}

function Changes({ changes: all }: { changes: Change[] }): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const changes = useMemo(() => all.slice(0, CHANGES), [all]);
  const label = useLabels(changes);
  const shown = changes.map((change, at) => {
    const { type, id, fields } = subject(change);
    return (
      <div key={at} className="fb-changes">
        {changes.length > 1 && <h4>{label(type, id)}</h4>}
        <dl>
          {Object.entries(fields ?? {}).map(([field, value]) => {
            const to = names.refers(type, field);
            return (
              <div key={field}>
                <dt>{names.field(type, field)}</dt>
                <dd>{to !== undefined && typeof value === 'string' ? label(to, value) : names.value(type, field, value)}</dd>
              </div>
            );
          })}
        </dl>
      </div>
    );
  });
  return (
    <>
      {shown}
      {all.length > CHANGES && <p className="fb-quiet">{say('log.changesMore', { count: all.length - CHANGES })}</p>}
    </>
  );
}
