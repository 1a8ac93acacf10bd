// What fingers, a mouse and a keyboard do to a plan. What they come to is told; nothing is changed here.

import { Grid } from './grid.js';
import { walk } from './keys.js';
import type { PlanMap } from './map.js';
import { type Asset, assets, type Chosen, NOTHING, type Scene } from './scene.js';
import { away, boxOf, type Point, within } from './space.js';

/** What a tap means. */
export type Mode = { is: 'choose'; several: boolean } | { is: 'point' } | { is: 'line'; corners: 2 | 'many' };

export interface Heard {
  chose: (chosen: Chosen) => void;
  moved: (ids: ReadonlySet<string>, by: Point) => void;
  reshaped: (room: string, outline: Point[]) => void;
  pointed: (at: Point) => void;
  drew: (line: Point[]) => void;
  opened: () => void;
  removed: () => void;
  left: () => void;
}

/** So far, in pixels, a finger may slip and it is still a tap. */
const SLIP = 6;
const NEAR = { mouse: 16, touch: 26 };

type Gesture =
  | { is: 'tap'; from: Point; isOff: boolean }
  | { is: 'move'; from: Point; ids: ReadonlySet<string>; hit: string; isOn: boolean }
  | { is: 'corner'; from: Point; room: string; at: number; outline: Point[]; isOn: boolean }
  | { is: 'box'; from: Point; isOn: boolean };

export class Hands {
  private mode: Mode = { is: 'choose', several: false };
  private assets = new Grid<Asset>([]);
  private gesture: Gesture | undefined;
  private readonly fingers = new Set<number>();
  private readonly gone = new AbortController();
  private readonly walking: ReturnType<typeof walk>;

  constructor(
    private readonly plan: PlanMap,
    private readonly heard: Heard,
  ) {
    const { container } = plan;
    const { signal } = this.gone;
    const on = (name: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel', hear: (event: PointerEvent) => void) =>
      // Before Leaflet hears of it, so that it can be kept from moving the floor.
      container.addEventListener(name, hear, { capture: true, signal });
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.slide(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', (event) => this.stop(event));
    container.addEventListener('dblclick', () => this.finish(), { signal });
    this.walking = walk(plan, heard);
    container.addEventListener('keydown', (event) => this.key(event), { signal });
  }

  learn(scene: Scene): void {
    this.assets = new Grid(scene.assets);
    this.corners();
  }

  /** Something else was chosen: what the keyboard was moving is where it belongs. */
  forget(): void {
    this.walking.forget();
    this.corners();
  }

  turn(mode: Mode): void {
    this.mode = mode;
    this.plan.overlay.line = [];
    this.plan.overlay.next = undefined;
    this.plan.overlay.isClosed = mode.is === 'line' && mode.corners === 'many';
    this.plan.drawFront();
  }

  /** Ends a line where it has enough corners. */
  finish(): void {
    const { line } = this.plan.overlay;
    if (this.mode.is !== 'line' || this.mode.corners !== 'many' || line.length < 3) return;
    this.turn(this.mode);
    this.heard.drew(line);
  }

  /** Puts a corner, or a thing, where the middle of the screen is. */
  put(at: Point = this.plan.centre()): void {
    if (this.mode.is === 'point') this.heard.pointed(at);
    if (this.mode.is !== 'line') return;
    const { overlay } = this.plan;
    overlay.line = [...overlay.line, at];
    this.plan.drawFront();
    if (this.mode.corners === 2 && overlay.line.length === 2) {
      const { line } = overlay;
      this.turn(this.mode);
      this.heard.drew(line);
    }
  }

  close(): void {
    this.gone.abort();
    this.walking.forget();
  }

  private corners(): void {
    const { chosen, scene, overlay } = this.plan;
    overlay.corners = chosen.is === 'room' ? scene.rooms.find(({ id }) => id === chosen.id)?.outline : undefined;
  }

  private down(event: PointerEvent): void {
    this.fingers.add(event.pointerId);
    // What ends beside the plan, over a button, ends here too.
    this.plan.container.setPointerCapture(event.pointerId);
    if (this.fingers.size > 1) {
      // Two fingers zoom: what the first began was not meant.
      this.end();
      return;
    }
    if (event.button !== 0) return;
    this.plan.container.focus({ preventScroll: true });
    const at = this.at(event);
    this.gesture = this.begun(event, at);
    if (this.gesture.is !== 'tap') this.plan.hold(true);
  }

  private begun(event: PointerEvent, from: Point): Gesture {
    const tap: Gesture = { is: 'tap', from, isOff: false };
    if (this.mode.is !== 'choose') return tap;
    const { chosen, overlay } = this.plan;
    const corner = overlay.corners?.findIndex((it) => this.isNear(it, from, event)) ?? -1;
    if (chosen.is === 'room' && overlay.corners && corner >= 0) return { is: 'corner', from, room: chosen.id, at: corner, outline: overlay.corners, isOn: false };
    const hit = this.asset(from, event);
    if (event.shiftKey) return hit ? tap : { is: 'box', from, isOn: false };
    const ids = chosen.is === 'assets' ? chosen.ids : undefined;
    if (!hit || this.mode.several) return tap;
    // A finger moves what is chosen, and the floor where nothing is: else nobody could pan over a full floor.
    if (event.pointerType !== 'mouse' && !ids?.has(hit.id)) return tap;
    return { is: 'move', from, ids: ids?.has(hit.id) ? ids : new Set([hit.id]), hit: hit.id, isOn: false };
  }

  private slide(event: PointerEvent): void {
    const { gesture, plan, mode } = this;
    const at = this.at(event);
    if (mode.is === 'line' && plan.overlay.line.length > 0 && event.pointerType === 'mouse') {
      plan.overlay.next = at;
      plan.drawFront();
    }
    if (!gesture) return;
    const by = { x: at.x - gesture.from.x, y: at.y - gesture.from.y };
    const isFar = Math.hypot(by.x, by.y) * plan.scale > SLIP;
    if (gesture.is === 'tap') {
      gesture.isOff ||= isFar;
      return;
    }
    gesture.isOn ||= isFar;
    if (!gesture.isOn) return;
    if (gesture.is === 'move') plan.overlay.moved = { ids: gesture.ids, by };
    if (gesture.is === 'box') plan.overlay.box = boxOf(gesture.from, at);
    if (gesture.is === 'corner') plan.overlay.corners = gesture.outline.with(gesture.at, at);
    plan.drawFront();
  }

  private up(event: PointerEvent): void {
    const { gesture, plan } = this;
    const at = this.at(event);
    const isMine = this.fingers.size === 1;
    const { corners } = plan.overlay;
    this.stop(event);
    if (!gesture || !isMine) return;
    const by = { x: at.x - gesture.from.x, y: at.y - gesture.from.y };
    switch (gesture.is) {
      case 'tap':
        if (!gesture.isOff) this.tap(at, event);
        return;
      case 'move':
        if (!gesture.isOn) return this.tap(at, event);
        plan.settle(gesture.ids, by);
        this.heard.moved(gesture.ids, by);
        return;
      case 'corner':
        if (gesture.isOn && corners) this.heard.reshaped(gesture.room, corners);
        return;
      case 'box':
        if (gesture.isOn) this.heard.chose(assets(...this.old(), ...this.assets.in(boxOf(gesture.from, at)).map(({ id }) => id)));
    }
  }

  private stop(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.end();
  }

  private end(): void {
    if (!this.gesture) return;
    this.gesture = undefined;
    this.plan.hold(false);
    this.plan.overlay.box = undefined;
    this.plan.overlay.moved = undefined;
    this.corners();
    this.plan.drawFront();
  }

  private tap(at: Point, event: PointerEvent): void {
    const { mode, plan } = this;
    if (mode.is !== 'choose') {
      const [first] = plan.overlay.line;
      if (mode.is === 'line' && first && plan.overlay.line.length > 2 && this.isNear(first, at, event)) this.finish();
      else this.put(at);
      return;
    }
    const hit = this.asset(at, event);
    if (mode.several || event.shiftKey) {
      if (!hit) return;
      const old = this.old();
      this.heard.chose(old.includes(hit.id) ? assets(...old.filter((id) => id !== hit.id)) : assets(...old, hit.id));
      return;
    }
    this.heard.chose(hit ? assets(hit.id) : (this.note(at, event) ?? this.room(at) ?? NOTHING));
  }

  private old(): string[] {
    const { chosen } = this.plan;
    return chosen.is === 'assets' ? [...chosen.ids] : [];
  }

  private asset(at: Point, event: PointerEvent): Asset | undefined {
    return this.assets.nearest(at, this.near(event));
  }

  private note(at: Point, event: PointerEvent): Chosen | undefined {
    const far = this.near(event);
    const found = this.plan.scene.notes.findLast(({ geometry }) =>
      geometry.some((a, index) => away(at, a, geometry[index + 1] ?? a) <= far),
    );
    return found && { is: 'annotation', id: found.id };
  }

  private room(at: Point): Chosen | undefined {
    const found = this.plan.scene.rooms.findLast(({ outline }) => within(outline, at));
    return found && { is: 'room', id: found.id };
  }

  private isNear(a: Point, b: Point, event: PointerEvent): boolean {
    return Math.hypot(a.x - b.x, a.y - b.y) <= this.near(event);
  }

  /** How far off is still a hit, in millimetres. */
  private near({ pointerType }: PointerEvent): number {
    return NEAR[pointerType === 'mouse' ? 'mouse' : 'touch'] / this.plan.scale;
  }

  private at(event: PointerEvent): Point {
    const { left, top } = this.plan.container.getBoundingClientRect();
    return this.plan.point(event.clientX - left, event.clientY - top);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.plan.container) return;
    if (event.key === 'Enter' && this.mode.is !== 'choose') {
      event.preventDefault();
      this.put();
      return;
    }
    if (event.key === 'Backspace' && this.mode.is === 'line') {
      event.preventDefault();
      this.plan.overlay.line = this.plan.overlay.line.slice(0, -1);
      this.plan.drawFront();
      return;
    }
    if (event.key === ' ' && this.mode.is === 'line') {
      event.preventDefault();
      this.finish();
      return;
    }
    this.walking.key(event, this.mode.is === 'choose');
  }
}
