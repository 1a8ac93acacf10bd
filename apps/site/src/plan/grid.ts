// Finds what stands near a point among thousands, by the square of the floor in which it stands.

import { type Box, contains, type Point } from './space.js';

/** The side of a square, in millimetres. */
const SIDE = 2_000;

export class Grid<T extends Point> {
  private readonly squares = new Map<string, T[]>();

  constructor(all: readonly T[]) {
    for (const one of all) {
      const key = square(Math.floor(one.x / SIDE), Math.floor(one.y / SIDE));
      const there = this.squares.get(key);
      if (there) there.push(one);
      else this.squares.set(key, [one]);
    }
  }

  /** What stands nearest, and no farther than this. */
  nearest(to: Point, far: number): T | undefined {
    let best: T | undefined;
    let least = far;
    for (const one of this.in({ left: to.x - far, top: to.y - far, right: to.x + far, bottom: to.y + far })) {
      const distance = Math.hypot(one.x - to.x, one.y - to.y);
      if (distance <= least) [best, least] = [one, distance];
    }
    return best;
  }

  /** All in a box. */
  in(box: Box): T[] {
    const [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom].map((at) => Math.floor(at / SIDE)) as [number, number, number, number];
    // A box that is larger than the floor has more squares than there are with something in them.
    if ((right - left + 1) * (bottom - top + 1) > this.squares.size) {
      return [...this.squares.values()].flat().filter((one) => contains(box, one));
    }
    const found: T[] = [];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        for (const one of this.squares.get(square(column, row)) ?? []) if (contains(box, one)) found.push(one);
      }
    }
    return found;
  }
}

function square(column: number, row: number): string {
  return `${column} ${row}`;
}
