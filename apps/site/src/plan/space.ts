// Points, outlines and boxes on a floor, in millimetres from the upper left corner of its plan: to the right and down. Queries give
// decimals as whole numbers of their last place, which for `x` and `y` is the millimetre.

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The box between two corners, whichever they are. */
export function boxOf(a: Point, b: Point): Box {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
}

export function contains(box: Box, { x, y }: Point): boolean {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

/** Whether a point lies within an outline; one with less than three corners holds nothing. */
export function within(outline: Point[], { x, y }: Point): boolean {
  let isIn = false;
  outline.forEach((a, at) => {
    const b = outline[(at + 1) % outline.length] ?? a;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) isIn = !isIn;
  });
  return isIn;
}

/** How far a point is from the line between two others. */
export function away({ x, y }: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const long = dx * dx + dy * dy;
  const part = long === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / long));
  return Math.hypot(x - a.x - part * dx, y - a.y - part * dy);
}

/** The middle of an outline's box: where its name stands. */
export function middle(outline: Point[]): Point {
  const xs = outline.map(({ x }) => x);
  const ys = outline.map(({ y }) => y);
  return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}

/** The area of an outline, in square metres. */
export function area(outline: Point[]): number {
  const twice = outline.reduce((sum, a, at) => {
    const b = outline[(at + 1) % outline.length] ?? a;
    return sum + a.x * b.y - b.x * a.y;
  }, 0);
  return Math.abs(twice) / 2e6;
}

/** Points as a record holds them: `[[x, y], …]`. What is none is left out. */
export function points(json: string | null): Point[] {
  try {
    const read: unknown = JSON.parse(json ?? '[]');
    const isPair = (it: unknown): it is [number, number] => Array.isArray(it) && typeof it[0] === 'number' && typeof it[1] === 'number';
    return Array.isArray(read) ? read.filter(isPair).map(([x, y]) => ({ x, y })) : [];
  } catch {
    return [];
  }
}

/** The same the other way. */
export function written(outline: Point[]): [number, number][] {
  return outline.map(({ x, y }) => [Math.round(x), Math.round(y)]);
}

/** Millimetres as the decimal of metres that a record holds. */
export function metres(millimetres: number): string {
  return (Math.round(millimetres) / 1000).toFixed(3);
}
