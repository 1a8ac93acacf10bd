// What happened to a record: who, when, what stood there before and after, what became of it; and the way back.

import type { Change, Failure, HistoryLine, HistoryUnit, Json } from '@fieldbook/client';
import { useAsked, useFieldbook } from '@fieldbook/react';
import { type ReactNode, useMemo, useState } from 'react';
import { Button } from 'react-aria-components';
import { useLabels, useNames } from '../names/index.js';
import { useSaid } from '../notices/Said.js';
import { Copy } from '../parts/Copy.js';
import { Empty } from '../parts/Empty.js';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';

export function History({ type, id }: { type: string; id: string }): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const history = useAsked((book) => book.history({ type, id }), [type, id]);
  const label = useAsked((book) => book.label({ type, id }), [type, id]);
  const [error, setError] = useState<Failure>();
  const lines = history.value?.lines;
  const value = useValues(lines);
  return (
    <section className="fb-screen">
      <header>
        <h1>{say('history.title', { what: label.value ?? names.type(type) })}</h1>
        {history.value && !history.value.all && <p className="fb-quiet">{say('history.part')}</p>}
      </header>
      <Failed error={error ?? history.error} />
      {lines?.length === 0 && <Empty>{say('history.none')}</Empty>}
      <ol className="fb-list fb-timeline">
        {lines?.toReversed().map((line, at) => (
          <Line key={`${line.op_id} ${at}`} line={line} isNewest={at === 0} value={value} failed={setError} />
        ))}
      </ol>
    </section>
  );
}

type Value = (type: string, field: string, value: Json) => string;

/** Values as people know them. */
function useValues(lines: HistoryLine[] | undefined): Value {
  const names = useNames();
  const written = useMemo(
    () => (lines ?? []).flatMap(({ type, id, units }) => units.flatMap(({ field, before, after }) => [before, after].map((value): Change => ({ update: type, id, set: { [field]: value } })))),
    [lines],
  );
  const label = useLabels(written);
  return (type, field, value) => {
    const to = names.refers(type, field);
    return to !== undefined && typeof value === 'string' ? label(to, value) : names.value(type, field, value);
  };
}

interface LineProps {
  line: HistoryLine;
  /** Nothing was done to the record after it. */
  isNewest: boolean;
  /** A value as people know it: of a reference the other record's name. */
  value: Value;
  failed: (error: Failure | undefined) => void;
}

function Line({ line, isNewest, value, failed }: LineProps): ReactNode {
  const { say, time } = useWords();
  const names = useNames();
  const what = say(`history.verb.${line.verb}`, { type: names.type(line.type), who: line.name });
  return (
    <li className="fb-card">
      <strong>{what}</strong>
      <p className="fb-quiet">
        {say('history.edited', { time: time(line.edited_at) })}
        {line.synced_at && ` · ${say('history.synced', { time: time(line.synced_at) })}`}
        {line.version === undefined && ` · ${say('history.unsent')}`}
      </p>
      {line.units.length > 0 && (
        <table className="fb-table">
          <thead>
            <tr>
              <th scope="col">{say('conflicts.field')}</th>
              <th scope="col">{say('history.before')}</th>
              <th scope="col">{say('history.after')}</th>
              <th scope="col">
                <span className="fb-unseen">{say('history.restore')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {line.units.map((unit) => (
              <Unit key={unit.field} line={line} unit={unit} value={value} failed={failed} />
            ))}
          </tbody>
        </table>
      )}
      {line.verb === 'delete' && isNewest && <Revive line={line} failed={failed} />}
      <p className="fb-quiet">
        {say('log.op', { id: line.op_id })} <Copy text={`${line.op_id} ${line.edited_at}`} />
      </p>
    </li>
  );
}

function Unit({ line, unit, value, failed }: Pick<LineProps, 'line' | 'value' | 'failed'> & { unit: HistoryUnit }): ReactNode {
  const { say, maybe } = useWords();
  const names = useNames();
  const restore = useRestore(line, failed);
  const became = unit.outcome === 'applied' ? undefined : (maybe(`history.outcome.${unit.outcome}`) ?? unit.outcome);
  const { version } = line;
  return (
    <tr>
      <th scope="row">{names.field(line.type, unit.field)}</th>
      <td data-is={say('history.before')}>{value(line.type, unit.field, unit.before)}</td>
      <td data-is={say('history.after')}>
        {value(line.type, unit.field, unit.after)}
        {became && <div className="fb-quiet">{became}</div>}
      </td>
      <td>
        {version !== undefined && (
          <Button className="fb-link" aria-label={say('history.restoreThis', { field: names.field(line.type, unit.field), value: value(line.type, unit.field, unit.after) })} onPress={() => void restore({ field: unit.field, version })}>
            {say('history.restore')}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Revive({ line, failed }: { line: HistoryLine; failed: LineProps['failed'] }): ReactNode {
  const { say } = useWords();
  const restore = useRestore(line, failed);
  return (
    <div className="fb-row">
      <Button className="fb-button" onPress={() => void restore()}>
        {say('history.revive')}
      </Button>
    </div>
  );
}

function useRestore({ type, id }: HistoryLine, failed: LineProps['failed']) {
  const { say } = useWords();
  const book = useFieldbook();
  const said = useSaid();
  return async (at?: { field: string; version: number }) => {
    const done = await book.restore({ type, id }, at);
    failed(done.ok ? undefined : done.error);
    if (done.ok) said(say('history.restored'));
  };
}
