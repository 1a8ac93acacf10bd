// A floor: its plan, and beside it what is chosen there. All that is done here is done on the device, with the network or without.

import type { Change, Select } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { Failed, useSaid, useWords } from '@fieldbook/ui';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useAct } from '../deeds.js';
import { isHere, NotHere } from '../parts/Load.js';
import { Gone } from '../places/Estate.js';
import { type Floor, idOf, useFloor, useParts } from '../places/places.js';
import { usePicture } from '../plan/blobs.js';
import type { Heard } from '../plan/hands.js';
import type { PlanMap } from '../plan/map.js';
import { Plan } from '../plan/Plan.js';
import { assets, type Chosen, NOTHING } from '../plan/scene.js';
import { metres, middle, type Point, written } from '../plan/space.js';
import { AboutFloor } from './AboutFloor.js';
import { AssetPanel } from './AssetPanel.js';
import { Crumbs } from './Crumbs.js';
import { NewDraft } from './Draft.js';
import { Drawer, type Placed } from './Drawer.js';
import { NotePanel, RoomPanel } from './Drawn.js';
import { Overview } from './Overview.js';
import { onFloor, type Records, roomAt, useRecords } from './records.js';
import { Several } from './Several.js';
import { Toolbar } from './Toolbar.js';
import { CHOOSE, type Draft, modeOf, type Tool } from './tools.js';

export function FloorScreen({ id: given }: { id: string | undefined }): ReactNode {
  const id = idOf(given);
  const { floor, isKnown } = useFloor(id);
  const { parts, again } = useParts();
  if (!id || (isKnown && !floor)) return <Gone />;
  if (!floor || !parts) return null;
  const part = parts.get(id);
  return (
    <div className="st-screen">
      <Crumbs floor={floor} parts={parts} again={again} />
      {part && !isHere(part, floor.version) ? (
        <div className="fb-screen">
          <NotHere part={part} again={again} />
        </div>
      ) : (
        <OpenFloor key={id} floor={floor} />
      )}
    </div>
  );
}

function OpenFloor({ floor }: { floor: Floor }): ReactNode {
  const { say } = useWords();
  const records = useRecords(floor);
  const map = useRef<PlanMap>(null);
  const panel = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState<Chosen>(NOTHING);
  const [tool, setTool] = useState<Tool>(CHOOSE);
  const [draft, setDraft] = useState<Draft>();
  const [isOpen, setOpen] = useState(false);
  const deeds = useFloorDeeds(floor, records, map);
  const small = usePicture(floor.plan);
  const detail = usePicture(floor.detail);
  const scene = useMemo(() => withDraft(records, draft), [records, draft]);

  const choose = (next: Chosen, look = false) => {
    setChosen(next);
    if (next.is !== 'nothing') setOpen(true);
    const at = look ? placeOf(records, next) : undefined;
    if (at) map.current?.look(at);
  };
  const use = (next: Tool) => {
    setTool(next);
    setDraft(undefined);
    if (next.is !== 'choose' && next.is !== 'several') setChosen(NOTHING);
    setOpen(next.is === 'place' && !next.listing);
  };
  const close = () => {
    setChosen(NOTHING);
    setOpen(false);
    setTool(CHOOSE);
    setDraft(undefined);
    map.current?.container.focus({ preventScroll: true });
  };
  const remove = async () => {
    if (await deeds.remove(chosen)) close();
  };
  const heard: Heard = {
    chose: (next) => choose(next),
    moved: (ids, by) => void deeds.move(ids, by),
    reshaped: (room, outline) => void deeds.reshape(room, outline),
    pointed: (at) => {
      if (tool.is === 'place' && tool.listing) void deeds.place(tool.listing, at);
      if (tool.is === 'annotation') setDraft({ is: 'annotation', kind: tool.kind, geometry: [at] });
      if (tool.is === 'annotation') setOpen(true);
    },
    drew: (geometry) => {
      setDraft({ is: tool.is === 'room' ? 'room' : 'annotation', kind: tool.is === 'annotation' ? tool.kind : 'area', geometry });
      setOpen(true);
    },
    opened: () => {
      setOpen(true);
      requestAnimationFrame(() => panel.current?.querySelector<HTMLElement>('input, h2')?.focus());
    },
    removed: () => void remove(),
    left: close,
  };
  // What is open may go by somebody else's hand, or by an undo.
  useEffect(() => {
    if (!records.isThere || chosen.is !== 'assets' || chosen.ids.size < 2) return;
    const here = new Set(records.assets.map(({ id }) => id));
    const left = [...chosen.ids].filter((id) => here.has(id));
    if (left.length < chosen.ids.size) setChosen(assets(...left));
  }, [records, chosen]);

  const saveDraft = async (text: string) => {
    if (!draft) return false;
    const done = await deeds.draw(draft, text);
    if (done) {
      setDraft(undefined);
      setTool(CHOOSE);
      setOpen(false);
    }
    return done;
  };
  return (
    <div className="st-body" data-open={isOpen || undefined}>
      <div className="st-stage">
        <Plan
          floor={floor.id}
          label={say('plan.label', { floor: floor.name, building: floor.buildingName })}
          scene={scene}
          chosen={chosen}
          mode={modeOf(tool)}
          small={small}
          detail={detail}
          heard={heard}
          map={map}
        />
        <Toolbar tool={tool} use={use} map={map} toggle={() => setOpen(!isOpen)} isOpen={isOpen} />
        <p className="st-hint" role="status">
          {hint(say, tool, chosen)}
        </p>
      </div>
      <aside className="st-panel" aria-label={say('panel')} ref={panel}>
        <Failed error={deeds.error} />
        {draft ? (
          <NewDraft draft={draft} save={saveDraft} close={close} />
        ) : tool.is === 'place' ? (
          <Drawer estate={floor.estate} chosen={tool.listing} choose={(listing) => use({ is: 'place', listing })} close={close} />
        ) : (
          <Panel floor={floor} records={records} chosen={chosen} choose={choose} close={close} remove={() => void remove()} deeds={deeds} />
        )}
      </aside>
    </div>
  );
}

interface PanelProps {
  floor: Floor;
  records: Records;
  chosen: Chosen;
  choose: (chosen: Chosen, look?: boolean) => void;
  close: () => void;
  remove: () => void;
  deeds: FloorDeeds;
}

function Panel({ floor, records, chosen, choose, close, remove, deeds }: PanelProps): ReactNode {
  if (chosen.is === 'assets') {
    const [id] = chosen.ids;
    if (chosen.ids.size > 1) return <Several ids={chosen.ids} act={deeds.act} move={(by) => deeds.move(chosen.ids, by)} remove={remove} close={close} />;
    if (id) return <AssetPanel key={id} id={id} rooms={records.rooms} remove={remove} close={close} />;
  }
  const room = chosen.is === 'room' ? records.rooms.find(({ id }) => id === chosen.id) : undefined;
  if (room) {
    const inside = records.assets.filter((asset) => asset.room === room.id).map(({ id }) => id);
    return <RoomPanel room={room} inside={inside} choose={(ids) => choose(assets(...ids))} close={close} />;
  }
  const note = chosen.is === 'annotation' ? records.notes.find(({ id }) => id === chosen.id) : undefined;
  if (note) return <NotePanel note={note} close={close} />;
  return <Overview records={records} choose={choose} about={<AboutFloor floor={floor} />} />;
}

interface FloorDeeds extends ReturnType<typeof useAct> {
  place: (listing: Placed, at: Point) => Promise<boolean>;
  move: (ids: ReadonlySet<string>, by: Point) => Promise<boolean>;
  remove: (chosen: Chosen) => Promise<boolean>;
  reshape: (room: string, outline: Point[]) => Promise<boolean>;
  draw: (draft: Draft, text: string) => Promise<boolean>;
}

/** Where some assets stand on the device, in millimetres. */
function standing(ids: string): Select<{ id: string; x: number; y: number }> {
  return { sql: `SELECT id, x, y FROM asset WHERE id IN (${ids}) AND x IS NOT NULL AND y IS NOT NULL` };
}

/** What may be done on this floor: one action each, whatever it is done to. */
function useFloorDeeds(floor: Floor, { rooms, scene }: Records, map: { current: PlanMap | null }): FloorDeeds {
  const { say } = useWords();
  const said = useSaid();
  const { act, error } = useAct();
  const book = useFieldbook();
  const moving = useRef<Promise<boolean>>(Promise.resolve(true));
  const place = async ({ id, name, kind, specs }: Placed, at: Point) => {
    const asset = crypto.randomUUID();
    const { x, y } = onFloor(scene, at);
    const room = roomAt(rooms, { x, y });
    const where = rooms.find((it) => it.id === room)?.name;
    const nickname = [name, where].filter(Boolean).join(', ');
    const placed: Change = { insert: 'asset', id: asset, fields: { floor: floor.id, x: metres(x), y: metres(y), room, nickname, kind, listing: id, status: 'active' } };
    const noted = Object.entries(JSON.parse(specs ?? '{}') as { [name: string]: unknown }).map(
      ([name, value]): Change => ({ insert: 'property', id: crypto.randomUUID(), fields: { asset, name, value: String(value) } }),
    );
    const done = await act('asset.place', [placed, ...noted]);
    if (done) said(say('asset.placed', { what: nickname }));
    return done;
  };
  const shift = async (ids: ReadonlySet<string>, by: Point) => {
    const list = [...ids].map((id) => `'${id}'`).join(', ');
    const stood = await book.rows(standing(list), ids.size);
    const changes = (stood.ok ? stood.value : []).map((asset): Change => {
      const { x, y } = onFloor(scene, { x: asset.x + by.x, y: asset.y + by.y });
      return { update: 'asset', id: asset.id, set: { x: metres(x), y: metres(y), room: roomAt(rooms, { x, y }) } };
    });
    const done = changes.length > 0 && (await act('asset.move', changes));
    if (done) said(say('asset.moved', { count: changes.length }));
    else map.current?.show(scene);
    return done;
  };
  // One after the other, each from where the one before it left them: what is on the screen may be a moment behind.
  const move = (ids: ReadonlySet<string>, by: Point) => {
    const done = moving.current.then(() => shift(ids, by));
    moving.current = done;
    return done;
  };
  const remove = async (chosen: Chosen) => {
    if (chosen.is === 'room') return act('room.delete', [{ delete: 'room', id: chosen.id }]);
    if (chosen.is === 'annotation') return act('annotation.delete', [{ delete: 'annotation', id: chosen.id }]);
    if (chosen.is === 'nothing') return false;
    const done = await act('asset.delete', [...chosen.ids].map((id) => ({ delete: 'asset', id })));
    if (done) said(say('asset.deleted', { count: chosen.ids.size }));
    return done;
  };
  const reshape = (room: string, outline: Point[]) => act('room.edit', [{ update: 'room', id: room, set: { outline: written(outline) } }]);
  const draw = ({ is, kind, geometry }: Draft, text: string) => {
    const id = crypto.randomUUID();
    const outline = written(geometry.map((point) => onFloor(scene, point)));
    if (is === 'room') return act('room.draw', [{ insert: 'room', id, fields: { floor: floor.id, name: text || null, outline } }]);
    return act('annotation.add', [{ insert: 'annotation', id, fields: { floor: floor.id, kind, geometry: outline, text: text || null, colour: '#b3261e' } }]);
  };
  return { act, error, place, move, remove, reshape, draw };
}

/** What is drawn and not saved yet stands on the plan too. */
function withDraft({ scene }: Records, draft: Draft | undefined) {
  if (!draft) return scene;
  if (draft.is === 'room') return { ...scene, rooms: [...scene.rooms, { id: 'draft', name: '', outline: draft.geometry }] };
  return { ...scene, notes: [...scene.notes, { id: 'draft', kind: draft.kind, text: '', colour: '#b3261e', geometry: draft.geometry }] };
}

function placeOf({ assets, rooms, notes }: Records, chosen: Chosen): Point | undefined {
  if (chosen.is === 'assets') {
    const [id] = chosen.ids;
    const asset = assets.find((it) => it.id === id);
    return asset?.x != null && asset.y != null ? { x: asset.x, y: asset.y } : undefined;
  }
  if (chosen.is === 'room') {
    const outline = rooms.find(({ id }) => id === chosen.id)?.outline;
    return outline?.length ? middle(outline) : undefined;
  }
  return chosen.is === 'annotation' ? notes.find(({ id }) => id === chosen.id)?.geometry[0] : undefined;
}

function hint(say: (id: string, values?: { [name: string]: string | number }) => string, tool: Tool, chosen: Chosen): string {
  if (tool.is === 'place') return tool.listing ? say('hint.place', { what: tool.listing.name }) : say('drawer.about');
  if (tool.is === 'several') return say('hint.several', { count: chosen.is === 'assets' ? chosen.ids.size : 0 });
  if (tool.is === 'room') return say('hint.outline');
  if (tool.is === 'annotation') return say(tool.kind === 'area' ? 'hint.outline' : tool.kind === 'arrow' || tool.kind === 'measure' ? 'hint.line' : 'hint.point');
  return '';
}
