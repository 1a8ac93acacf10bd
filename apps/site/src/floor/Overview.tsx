// What stands on the floor, as a list: to find, to choose several, and for whoever does not see the plan.

import { Empty, useWords } from '@fieldbook/ui';
import { type ReactNode, useMemo, useState } from 'react';
import { Button, Checkbox, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useKind } from '../parts/kinds.js';
import { assets, type Chosen } from '../plan/scene.js';
import type { AssetRow, Records } from './records.js';

/** So many lines are shown at once; the rest on demand. */
const LINES = 60;

interface OverviewProps {
  records: Records;
  choose: (chosen: Chosen, look: boolean) => void;
  /** What is to be said of the floor itself. */
  about: ReactNode;
}

export function Overview({ records, choose, about }: OverviewProps): ReactNode {
  const { say } = useWords();
  return (
    <Tabs className="st-tabs">
      <TabList className="fb-tabs" aria-label={say('overview')}>
        <Tab id="assets">{say('overview.assets', { count: records.assets.length })}</Tab>
        <Tab id="rooms">{say('overview.rooms', { count: records.rooms.length })}</Tab>
        <Tab id="notes">{say('overview.notes', { count: records.notes.length })}</Tab>
        <Tab id="floor">{say('overview.floor')}</Tab>
      </TabList>
      <TabPanel id="assets">
        <Assets all={records.assets} choose={choose} />
      </TabPanel>
      <TabPanel id="rooms">
        {records.rooms.length === 0 && <Empty>{say('rooms.none')}</Empty>}
        <ul className="st-rows">
          {records.rooms.map((room) => (
            <li key={room.id}>
              <Button className="st-row" onPress={() => choose({ is: 'room', id: room.id }, true)}>
                {room.name || say('type.room')}
              </Button>
            </li>
          ))}
        </ul>
      </TabPanel>
      <TabPanel id="notes">
        {records.notes.length === 0 && <Empty>{say('notes.none')}</Empty>}
        <ul className="st-rows">
          {records.notes.map((note) => (
            <li key={note.id}>
              <Button className="st-row" onPress={() => choose({ is: 'annotation', id: note.id }, true)}>
                <strong>{note.text || say(`value.annotation.kind.${note.kind}`)}</strong>
                <span className="fb-quiet">{say(`value.annotation.kind.${note.kind}`)}</span>
              </Button>
            </li>
          ))}
        </ul>
      </TabPanel>
      <TabPanel id="floor">{about}</TabPanel>
    </Tabs>
  );
}

function Assets({ all, choose }: { all: AssetRow[]; choose: OverviewProps['choose'] }): ReactNode {
  const { say } = useWords();
  const kind = useKind();
  const [wanted, setWanted] = useState('');
  const [lines, setLines] = useState(LINES);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => {
    const words = wanted.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const text = (asset: AssetRow) => [asset.nickname, asset.serial, asset.tag, kind(asset.kind)].join('\n').toLocaleLowerCase();
    return words.length === 0 ? all : all.filter((asset) => words.every((word) => text(asset).includes(word)));
  }, [all, wanted, kind]);
  const tick = (id: string, isOn: boolean) => {
    const next = new Set(ticked);
    if (isOn) next.add(id);
    else next.delete(id);
    setTicked(next);
  };
  return (
    <>
      <input type="search" aria-label={say('search')} placeholder={say('search')} value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <div className="fb-row" role="status">
        <span className="fb-quiet">{say('search.found', { count: found.length })}</span>
        {ticked.size > 0 ? (
          <Button className="fb-button" onPress={() => choose(assets(...ticked), false)}>
            {say('choose.ticked', { count: ticked.size })}
          </Button>
        ) : (
          found.length > 1 && (
            <Button className="fb-button" onPress={() => choose(assets(...found.map(({ id }) => id)), false)}>
              {say('choose.all', { count: found.length })}
            </Button>
          )
        )}
      </div>
      {all.length === 0 && <Empty>{say('assets.none')}</Empty>}
      <ul className="st-rows">
        {found.slice(0, lines).map((asset) => (
          <li key={asset.id} className="st-asset">
            <Checkbox className="fb-check" aria-label={say('choose.tick', { what: asset.nickname })} isSelected={ticked.has(asset.id)} onChange={(isOn) => tick(asset.id, isOn)}>
              <span className="fb-box" />
            </Checkbox>
            <Button className="st-row" onPress={() => choose(assets(asset.id), true)}>
              <strong>{asset.nickname}</strong>
              <span className="fb-quiet">{[asset.tag, asset.serial, asset.status && say(`value.asset.status.${asset.status}`)].filter(Boolean).join(' · ')}</span>
            </Button>
          </li>
        ))}
      </ul>
      {found.length > lines && (
        <Button className="fb-button st-add" onPress={() => setLines(lines + 200)}>
          {say('search.more')}
        </Button>
      )}
    </>
  );
}
