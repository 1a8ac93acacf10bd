// One conflict: what stands on either side, a choice for each thing that differs, and one button that settles it.

import type { Change, Conflict, ConflictUnit, Failure, Json } from '@fieldbook/client';
import { useFieldbook, useStatus } from '@fieldbook/react';
import { type ReactNode, useMemo, useState } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { useLocation } from 'wouter';
import { useLabels, useNames } from '../names/index.js';
import { usePlace } from '../names/place.js';
import { useSaid } from '../notices/Said.js';
import { Failed } from '../parts/Failed.js';
import { useWords } from '../words/index.js';
import { alike, fields, isDivisible, type Side, unitKey, wish } from './choice.js';

export function Decision({ conflict, all }: { conflict: Conflict; all: Conflict[] }): ReactNode {
  const { say, time } = useWords();
  const [chosen, setChosen] = useState<Map<string, Side>>(new Map());
  const [isAlike, setAlike] = useState(false);
  const others = alike(conflict, all);
  const { settle, isSettling, error } = useSettling(conflict, all);
  const decided = wish(conflict, chosen);
  const choose = (units: ConflictUnit[], side: Side) => {
    setChosen(new Map([...chosen, ...units.map((unit): [string, Side] => [unitKey(unit), side])]));
  };
  const mine = useMine(conflict);
  const [first] = conflict.units;
  const place = usePlace(first?.type, first?.id);
  const side = typeof decided === 'string' ? decided : undefined;
  return (
    <article className="fb-card fb-decision" aria-label={conflict.label}>
      <h2>{conflict.label}</h2>
      {place !== undefined && place !== 'asking' && <p className="fb-quiet">{place}</p>}
      <div className="fb-sides">
        <span />
        <Whose title={mine} who={conflict.by} when={conflict.made_at ? time(conflict.made_at) : undefined} />
        <Whose title={say('conflicts.theirs')} who={conflict.theirs_by} />
      </div>
      {conflict.units.map((unit) => (
        <Unit key={unitKey(unit)} unit={unit} mine={mine} chosen={chosen.get(unitKey(unit))} choose={(side) => choose(isDivisible(conflict) ? [unit] : conflict.units, side)} />
      ))}
      {conflict.held > 1 && <p className="fb-quiet">{say('conflicts.held', { count: conflict.held - 1 })}</p>}
      {isDivisible(conflict) && (
        <div className="fb-row">
          <Button className="fb-button" onPress={() => choose(conflict.units, 'mine')}>{say('conflicts.all', { side: mine })}</Button>
          <Button className="fb-button" onPress={() => choose(conflict.units, 'theirs')}>{say('conflicts.all', { side: say('conflicts.theirs') })}</Button>
        </div>
      )}
      {others.length > 0 && side && (
        <Checkbox className="fb-check" isSelected={isAlike} onChange={setAlike}>
          <span className="fb-box" />
          {say('conflicts.alike', { count: others.length })}
        </Checkbox>
      )}
      <Failed error={error} />
      <div className="fb-row">
        <Button className="fb-button fb-primary" isDisabled={!decided} isPending={isSettling} onPress={() => decided && void settle(decided, isAlike && side ? others : [])}>
          {say('conflicts.resolve')}
        </Button>
        {!decided && <span className="fb-quiet">{say('conflicts.choose')}</span>}
        {all.length > 1 && <Next conflict={conflict} all={all} />}
      </div>
    </article>
  );
}

/** What waits may be somebody else's: whoever may write the record may decide. */
function useMine({ by }: Conflict): string {
  const { say } = useWords();
  return by === useStatus()?.user ? say('conflicts.mine') : say('conflicts.others', { who: by });
}

function Next({ conflict, all }: { conflict: Conflict; all: Conflict[] }): ReactNode {
  const { say } = useWords();
  const [, go] = useLocation();
  const next = all[(all.findIndex(({ id }) => id === conflict.id) + 1) % all.length];
  return (
    <Button className="fb-button" onPress={() => next && go(`/conflicts/${next.id}`)}>
      {say('conflicts.next')}
    </Button>
  );
}

/** Settles a conflict, and with it those that get the same answer. */
function useSettling(conflict: Conflict, all: Conflict[]) {
  const { say } = useWords();
  const book = useFieldbook();
  const said = useSaid();
  const [isSettling, setSettling] = useState(false);
  const [error, setError] = useState<Failure>();
  const settle = async (decided: NonNullable<ReturnType<typeof wish>>, others: Conflict[]) => {
    setSettling(true);
    setError(undefined);
    let settled = 0;
    for (const { id } of [conflict, ...others]) {
      const done = await book.resolve(id, decided);
      if (!done.ok) {
        setError(done.error);
        break;
      }
      settled++;
    }
    setSettling(false);
    if (settled > 0) said(say('conflicts.resolved', { left: all.length - settled }));
  };
  return { settle, isSettling, error };
}

function Whose({ title, who, when }: { title: string; who: string; when?: string | undefined }): ReactNode {
  return (
    <div>
      <strong>{title}</strong>
      <div className="fb-quiet">{when ? `${who}, ${when}` : who}</div>
    </div>
  );
}

interface UnitProps {
  unit: ConflictUnit;
  /** What the side is called that waits. */
  mine: string;
  chosen: Side | undefined;
  choose: (side: Side) => void;
}

function Unit({ unit, mine, chosen, choose }: UnitProps): ReactNode {
  const { say } = useWords();
  const names = useNames();
  const rows = fields(unit);
  const value = useSides(unit);
  const title = rows.map(({ field }) => names.field(unit.type, field)).join(', ');
  const pick = (side: Side, is: { [field: string]: Json } | null) => (
    <label className="fb-pick" data-chosen={chosen === side || undefined}>
      <input type="radio" name={unitKey(unit)} checked={chosen === side} onChange={() => choose(side)} aria-label={say('conflicts.takes', { side: side === 'mine' ? mine : say('conflicts.theirs'), field: title })} />
      <span>
        {is === null ? say('conflicts.deleted') : rows.map(({ field, differs }) => (
          <span key={field} className="fb-value" data-differs={differs || undefined}>
            {rows.length > 1 && <span className="fb-quiet">{names.field(unit.type, field)}: </span>}
            {value(field, is[field])}
          </span>
        ))}
      </span>
    </label>
  );
  return (
    <div className="fb-unit">
      <div className="fb-unit-name">
        {title || names.type(unit.type)}
        <div className="fb-quiet">
          {say('conflicts.was')}: {rows.map(({ field }) => value(field, unit.base[field])).join(', ')}
        </div>
      </div>
      {pick('mine', unit.mine)}
      {pick('theirs', unit.theirs)}
    </div>
  );
}

/** Values as people know them: of a reference the other record's name. */
function useSides({ type, id, base, mine, theirs }: ConflictUnit): (field: string, value: Json | undefined) => string {
  const names = useNames();
  const written = useMemo(() => [base, mine, theirs].flatMap((set): Change[] => (set ? [{ update: type, id, set }] : [])), [type, id, base, mine, theirs]);
  const label = useLabels(written);
  return (field, value) => {
    const to = names.refers(type, field);
    return to !== undefined && typeof value === 'string' ? label(to, value) : names.value(type, field, value);
  };
}
