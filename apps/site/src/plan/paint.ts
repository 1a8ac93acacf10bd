// Draws a floor: rooms, notes, assets, what is being drawn. An asset is a small picture that is made once for each look and then only
// copied.

import type { Asset, Chosen, Note, Room, Scene, Status } from './scene.js';
import { type Box, boxOf, contains, middle, type Point } from './space.js';

/** Colours of the page, as its theme has them. */
export interface Colours {
  text: string;
  ground: string;
  accent: string;
  line: string;
  status: { [status in Status]: string };
}

/** What is drawn beside what is there. */
export interface Overlay {
  /** Assets that are being moved, and how far. */
  moved: { ids: ReadonlySet<string>; by: Point } | undefined;
  /** A line that is being drawn. */
  line: Point[];
  /** Where the next corner would be. */
  next: Point | undefined;
  isClosed: boolean;
  /** A box for choosing. */
  box: Box | undefined;
  /** The corners of the chosen room can be dragged. */
  corners: Point[] | undefined;
}

/** From the floor to the screen: so many pixels a millimetre, and the pixel of the floor's corner. */
export interface View {
  scale: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

const RADIUS = 13;
const DOT = 4;
/** Below so many pixels to the metre assets are dots. */
const DOTS_BELOW = 9;
/** From so many pixels to the metre their names are beside them. */
const NAMES_FROM = 55;

/** So many chosen assets are drawn large where the others are dots. */
const CHOSEN_LARGE = 50;

export class Painter {
  private readonly looks = new Map<string, HTMLCanvasElement>();
  private colours: Colours | undefined;
  private ratio = 1;

  /** Other colours, or another screen. */
  dress(colours: Colours, ratio: number): void {
    this.colours = colours;
    this.ratio = ratio;
    this.looks.clear();
  }

  /** All that stays where it is: rooms, notes, and the assets that are not being moved. Those that are chosen lie over the others. */
  still(on: CanvasRenderingContext2D, view: View, scene: Scene, chosen: Chosen, moved: ReadonlySet<string> | undefined): void {
    const { colours } = this;
    if (!colours) return;
    on.lineJoin = 'round';
    const place = placing(view);
    for (const room of scene.rooms) if (!isChosenRoom(room, chosen)) this.room(on, room, place, undefined, view, colours);
    for (const note of scene.notes) this.note(on, note, place, chosen.is === 'annotation' && chosen.id === note.id, colours);
    this.assets(on, view, scene, chosen, moved ? scene.assets.filter(({ id }) => !moved.has(id)) : scene.assets);
  }

  /** What is being moved, where it stood. */
  moved(on: CanvasRenderingContext2D, view: View, scene: Scene, chosen: Chosen, ids: ReadonlySet<string>): void {
    this.assets(on, view, scene, chosen, scene.assets.filter(({ id }) => ids.has(id)));
  }

  /** What changes with every step of a hand. */
  front(on: CanvasRenderingContext2D, view: View, scene: Scene, chosen: Chosen, overlay: Overlay): void {
    const { colours } = this;
    if (!colours) return;
    on.lineJoin = 'round';
    const place = placing(view);
    for (const room of scene.rooms) if (isChosenRoom(room, chosen)) this.room(on, room, place, overlay.corners ?? room.outline, view, colours);
    this.overlay(on, overlay, place, colours);
  }

  private assets(on: CanvasRenderingContext2D, view: View, scene: Scene, chosen: Chosen, some: Asset[]): void {
    const { colours } = this;
    if (!colours) return;
    const place = placing(view);
    const seen = { left: -RADIUS, top: -RADIUS, right: view.width + RADIUS, bottom: view.height + RADIUS };
    const ids = chosen.is === 'assets' ? chosen.ids : undefined;
    const perMetre = view.scale * 1000;
    const isSmall = perMetre < DOTS_BELOW || isCrowded(scene, view.scale);
    const last: [Asset, Point][] = [];
    for (const asset of some) {
      const at = place(asset);
      if (!contains(seen, at)) continue;
      if (ids?.has(asset.id)) last.push([asset, at]);
      else this.asset(on, asset, at, isSmall, false);
    }
    // Many that are chosen would hide each other as well.
    const isSmallToo = isSmall && last.length > CHOSEN_LARGE;
    for (const [asset, at] of last) this.asset(on, asset, at, isSmallToo, true);
    if (perMetre >= NAMES_FROM && !isSmall) this.names(on, some, place, seen, colours);
  }

  private room(on: CanvasRenderingContext2D, room: Room, place: (point: Point) => Point, corners: Point[] | undefined, view: View, colours: Colours): void {
    const outline = (corners ?? room.outline).map(place);
    if (outline.length < 3) return;
    trace(on, outline, true);
    on.globalAlpha = corners ? 0.22 : 0.07;
    on.fillStyle = colours.accent;
    on.fill();
    on.globalAlpha = corners ? 1 : 0.55;
    on.strokeStyle = colours.accent;
    on.lineWidth = corners ? 2.5 : 1;
    on.stroke();
    on.globalAlpha = 1;
    if (corners) for (const corner of outline) this.knob(on, corner, colours);
    const box = boxOf(outline[0] ?? { x: 0, y: 0 }, outline[2] ?? { x: 0, y: 0 });
    if (room.name && box.right - box.left > 60 && view.scale * 1000 > 6) this.label(on, room.name, middle(outline), colours, box.right - box.left);
  }

  private note(on: CanvasRenderingContext2D, note: Note, place: (point: Point) => Point, isChosen: boolean, colours: Colours): void {
    const line = note.geometry.map(place);
    const [at] = line;
    if (!at) return;
    const colour = note.colour || '#b3261e';
    on.strokeStyle = colour;
    on.fillStyle = colour;
    on.lineWidth = isChosen ? 4 : 2.5;
    const end = line.at(-1) ?? at;
    if (note.kind === 'arrow' || note.kind === 'measure') {
      trace(on, line, false);
      on.stroke();
      const from = line.at(-2) ?? at;
      if (note.kind === 'arrow') head(on, from, end);
    } else if (note.kind === 'area') {
      trace(on, line, true);
      on.globalAlpha = 0.15;
      on.fill();
      on.globalAlpha = 1;
      on.stroke();
    } else if (note.kind === 'pin') {
      pin(on, at, colours.ground);
    } else if (note.kind === 'note') {
      sheet(on, at, colours.ground);
    }
    if (isChosen) {
      on.beginPath();
      on.arc(at.x, at.y, RADIUS + 4, 0, 2 * Math.PI);
      on.strokeStyle = colours.accent;
      on.stroke();
    }
    const below = note.kind === 'text' ? 0 : 22;
    if (note.text) this.label(on, note.text, { x: at.x, y: at.y + below }, { ...colours, text: colour }, 220, '#ffffff');
  }

  private asset(on: CanvasRenderingContext2D, { kind, status }: Asset, at: Point, isSmall: boolean, isChosen: boolean): void {
    const look = this.look(isSmall ? '' : initials(kind), status, isChosen);
    const size = look.width / this.ratio;
    // On whole pixels it is copied and not worked out.
    const whole = (value: number) => Math.round((value - size / 2) * this.ratio) / this.ratio;
    on.drawImage(look, whole(at.x), whole(at.y), size, size);
  }

  /** The picture of an asset; a dot where it has no letters. */
  private look(letters: string, status: Status, isChosen: boolean): HTMLCanvasElement {
    const key = `${letters} ${status} ${isChosen}`;
    const made = this.looks.get(key);
    if (made) return made;
    const canvas = document.createElement('canvas');
    const radius = letters === '' ? DOT : RADIUS;
    const side = 2 * (radius + 6);
    canvas.width = canvas.height = Math.ceil(side * this.ratio);
    const on = canvas.getContext('2d');
    const { colours } = this;
    if (on && colours) {
      on.scale(this.ratio, this.ratio);
      on.translate(side / 2, side / 2);
      const colour = colours.status[status];
      disc(on, radius + 1.5, '#ffffff');
      // What does not run yet, or no longer, is a ring: the colour is not all that tells.
      const isRing = status === 'draft' || status === 'decommissioned';
      disc(on, radius, isRing ? '#ffffff' : colour);
      on.lineWidth = 2;
      on.strokeStyle = colour;
      if (isRing) {
        if (status === 'draft') on.setLineDash([3, 2]);
        ring(on, radius - 1);
        on.setLineDash([]);
      }
      on.fillStyle = isRing ? colour : '#ffffff';
      on.font = '600 11px system-ui, sans-serif';
      on.textAlign = 'center';
      on.textBaseline = 'middle';
      on.fillText(letters, 0, 0.5);
      if (status === 'maintenance' && letters) cross(on, radius, colour);
      if (isChosen) {
        on.lineWidth = 3;
        on.strokeStyle = colours.accent;
        ring(on, radius + 3.5);
      }
    }
    this.looks.set(key, canvas);
    return canvas;
  }

  private names(on: CanvasRenderingContext2D, some: Asset[], place: (point: Point) => Point, seen: Box, colours: Colours): void {
    for (const asset of some) {
      const at = place(asset);
      if (contains(seen, at)) this.label(on, asset.nickname, { x: at.x, y: at.y + RADIUS + 10 }, colours, 150);
    }
  }

  private label(on: CanvasRenderingContext2D, text: string, at: Point, colours: Colours, width: number, halo = colours.ground): void {
    on.font = '500 12px system-ui, sans-serif';
    on.textAlign = 'center';
    on.textBaseline = 'middle';
    const shown = text.length * 6.2 > width ? `${text.slice(0, Math.max(1, Math.floor(width / 6.2) - 1))}…` : text;
    on.lineWidth = 3.5;
    on.strokeStyle = halo;
    on.strokeText(shown, at.x, at.y);
    on.fillStyle = colours.text;
    on.fillText(shown, at.x, at.y);
  }

  private overlay(on: CanvasRenderingContext2D, { line, next, isClosed, box }: Overlay, place: (point: Point) => Point, colours: Colours): void {
    on.strokeStyle = colours.accent;
    on.lineWidth = 2;
    const drawn = [...line, ...(next ? [next] : [])].map(place);
    if (drawn.length > 0) {
      trace(on, drawn, isClosed);
      on.stroke();
      for (const corner of line.map(place)) this.knob(on, corner, colours);
    }
    if (box) {
      const [a, b] = [place({ x: box.left, y: box.top }), place({ x: box.right, y: box.bottom })];
      on.setLineDash([6, 4]);
      on.strokeRect(a.x, a.y, b.x - a.x, b.y - a.y);
      on.setLineDash([]);
      on.globalAlpha = 0.1;
      on.fillStyle = colours.accent;
      on.fillRect(a.x, a.y, b.x - a.x, b.y - a.y);
      on.globalAlpha = 1;
    }
  }

  private knob(on: CanvasRenderingContext2D, at: Point, colours: Colours): void {
    on.beginPath();
    on.arc(at.x, at.y, 6, 0, 2 * Math.PI);
    on.fillStyle = '#ffffff';
    on.fill();
    on.strokeStyle = colours.accent;
    on.lineWidth = 2;
    on.stroke();
  }
}

function placing(view: View): (point: Point) => Point {
  return ({ x, y }) => ({ x: x * view.scale + view.left, y: y * view.scale + view.top });
}

function isChosenRoom({ id }: Room, chosen: Chosen): boolean {
  return chosen.is === 'room' && chosen.id === id;
}

/** Whether assets would hide each other, spread over the floor as they may be. */
function isCrowded({ assets, width, height }: Scene, scale: number): boolean {
  return assets.length * (2 * RADIUS) ** 2 > width * height * scale ** 2;
}

/** Two letters of a kind: `fire_extinguisher` is FE. */
function initials(kind: string): string {
  const words = kind.split(/[_\s-]+/).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => word.charAt(0)).join('') : kind.slice(0, 2);
  return letters.toUpperCase() || '·';
}

function disc(on: CanvasRenderingContext2D, radius: number, colour: string): void {
  on.beginPath();
  on.arc(0, 0, radius, 0, 2 * Math.PI);
  on.fillStyle = colour;
  on.fill();
}

function ring(on: CanvasRenderingContext2D, radius: number): void {
  on.beginPath();
  on.arc(0, 0, radius, 0, 2 * Math.PI);
  on.stroke();
}

/** A sign at the corner of what is being mended. */
function cross(on: CanvasRenderingContext2D, radius: number, colour: string): void {
  const at = radius * 0.75;
  on.beginPath();
  on.arc(at, -at, 5.5, 0, 2 * Math.PI);
  on.fillStyle = '#ffffff';
  on.fill();
  on.fillStyle = colour;
  on.font = '700 10px system-ui, sans-serif';
  on.fillText('!', at, -at + 0.5);
}

function trace(on: CanvasRenderingContext2D, line: Point[], isClosed: boolean): void {
  on.beginPath();
  line.forEach(({ x, y }, at) => (at === 0 ? on.moveTo(x, y) : on.lineTo(x, y)));
  if (isClosed) on.closePath();
}

function head(on: CanvasRenderingContext2D, from: Point, to: Point): void {
  const turn = Math.atan2(to.y - from.y, to.x - from.x);
  on.beginPath();
  on.moveTo(to.x, to.y);
  for (const side of [-0.4, 0.4]) on.lineTo(to.x - 14 * Math.cos(turn + side), to.y - 14 * Math.sin(turn + side));
  on.closePath();
  on.fill();
}

function pin(on: CanvasRenderingContext2D, { x, y }: Point, ground: string): void {
  on.beginPath();
  on.moveTo(x, y);
  on.bezierCurveTo(x - 14, y - 16, x - 10, y - 28, x, y - 28);
  on.bezierCurveTo(x + 10, y - 28, x + 14, y - 16, x, y);
  on.fill();
  on.fillStyle = ground;
  on.beginPath();
  on.arc(x, y - 18, 4, 0, 2 * Math.PI);
  on.fill();
}

function sheet(on: CanvasRenderingContext2D, { x, y }: Point, ground: string): void {
  on.fillRect(x - 10, y - 10, 20, 20);
  on.fillStyle = ground;
  for (const line of [-4, 0, 4]) on.fillRect(x - 6, y + line - 1, 12, 1.5);
}
