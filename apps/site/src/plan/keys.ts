// The keyboard alone: arrows move what is chosen, or the floor where nothing is; Tab goes through what is near; Enter opens, Delete deletes.

import type { Heard } from './hands.js';
import type { PlanMap } from './map.js';
import { type Asset, assets } from './scene.js';
import { contains, type Point } from './space.js';

/** One arrow moves by this much, with Shift by more, in millimetres. */
const STEP = 100;
const STRIDE = 1_000;
/** Arrows after each other are one move: it is done when none came for so long. */
const DONE_MS = 600;
const PAN = 80;
const ARROWS: { [key: string]: Point } = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

export function walk(plan: PlanMap, heard: Heard): { key: (event: KeyboardEvent, mayChoose: boolean) => void; forget: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;

  const done = () => {
    clearTimeout(timer);
    timer = undefined;
    const { moved } = plan.overlay;
    plan.overlay.moved = undefined;
    if (!moved) return;
    plan.settle(moved.ids, moved.by);
    heard.moved(moved.ids, moved.by);
  };

  const arrow = (way: Point, isFar: boolean) => {
    const { chosen, overlay } = plan;
    if (chosen.is !== 'assets') {
      plan.pan(way.x * PAN, way.y * PAN);
      return;
    }
    const step = isFar ? STRIDE : STEP;
    const before = overlay.moved?.by ?? { x: 0, y: 0 };
    overlay.moved = { ids: chosen.ids, by: { x: before.x + way.x * step, y: before.y + way.y * step } };
    plan.drawFront();
    clearTimeout(timer);
    timer = setTimeout(done, DONE_MS);
  };

  /** The next one in the order in which one reads; from nothing the one nearest to the middle. Whether there is one. */
  const next = (back: boolean): boolean => {
    const { chosen } = plan;
    const [id] = chosen.is === 'assets' ? chosen.ids : [];
    const order = plan.scene.assets.filter((asset) => contains(plan.seen(), asset) || asset.id === id).sort(asRead);
    const at = order.findIndex((asset) => asset.id === id);
    const found = at < 0 ? nearest(order, plan.centre()) : order[at + (back ? -1 : 1)];
    if (found) heard.chose(assets(found.id));
    return found !== undefined;
  };

  const key = (event: KeyboardEvent, mayChoose: boolean) => {
    const way = ARROWS[event.key];
    const isChosen = plan.chosen.is !== 'nothing';
    if (way) arrow(way, event.shiftKey);
    else if (event.key === '+' || event.key === '=') plan.zoom(0.75);
    else if (event.key === '-') plan.zoom(-0.75);
    else if (event.key === '0') plan.fit();
    else if (event.key === 'Escape') {
      // What was only shown is not done.
      plan.overlay.moved = undefined;
      heard.left();
    }
    else if (!mayChoose) return;
    // Where nothing is chosen Tab leaves the plan, as it does everywhere: nobody is caught here.
    else if (event.key === 'Tab' && plan.chosen.is === 'assets') {
      if (!next(event.shiftKey)) return;
    } else if (event.key === 'Enter') {
      if (plan.overlay.moved) done();
      else if (isChosen) heard.opened();
      else next(false);
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && isChosen) heard.removed();
    else return;
    event.preventDefault();
  };

  const forget = () => {
    if (timer !== undefined) done();
  };
  return { key, forget };
}

function asRead(a: Asset, b: Asset): number {
  return a.y - b.y || a.x - b.x || (a.id < b.id ? -1 : 1);
}

function nearest(all: Asset[], { x, y }: Point): Asset | undefined {
  let best: Asset | undefined;
  let least = Infinity;
  for (const asset of all) {
    const distance = Math.hypot(asset.x - x, asset.y - y);
    if (distance < least) [best, least] = [asset, distance];
  }
  return best;
}
