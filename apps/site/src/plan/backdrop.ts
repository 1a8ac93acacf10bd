// What lies under a drawing: the small picture of the plan, and over it the tiles of the whole one for what is looked at, where they
// are here. Without either it is paper with a grid of metres.

import type { Box } from './space.js';
import type { Tiles } from './tiles.js';

/** So many tiles stay decoded: a screen or two of them. */
const TILES_MAX = 80;

export class Backdrop {
  private small: ImageBitmap | undefined;
  private readonly decoded = new Map<string, ImageBitmap | 'coming'>();
  private isClosed = false;

  /** `again` is called when there is more to draw. Sizes in millimetres. */
  constructor(
    readonly width: number,
    readonly height: number,
    small: Uint8Array | undefined,
    private readonly tiles: Tiles | undefined,
    private readonly again: () => void,
  ) {
    if (small) void this.decode(new Blob([small.slice()]), (bitmap) => (this.small = bitmap));
  }

  /** Draws what of it lies in a box; the context's unit is the millimetre, and one is so many pixels. */
  draw(on: CanvasRenderingContext2D, seen: Box, pixels: number): void {
    if (this.small) on.drawImage(this.small, 0, 0, this.width, this.height);
    if (this.tiles) this.drawTiles(on, seen, pixels, this.tiles);
  }

  get hasPicture(): boolean {
    return this.small !== undefined || this.tiles !== undefined;
  }

  close(): void {
    this.isClosed = true;
    this.small?.close();
    for (const bitmap of this.decoded.values()) if (bitmap !== 'coming') bitmap.close();
    this.decoded.clear();
  }

  private drawTiles(on: CanvasRenderingContext2D, seen: Box, pixels: number, tiles: Tiles): void {
    const { levels, tile: side } = tiles.header;
    // The smallest size whose pixels are still as fine as the screen's.
    const wanted = levels.findLastIndex((level) => level.width / this.width >= pixels);
    const at = Math.max(0, wanted);
    const level = levels[at];
    // The last one is as fine as the small picture.
    if (!level || (at === levels.length - 1 && this.small)) return;
    const unit = this.width / level.width;
    const first = (value: number) => Math.max(0, Math.floor(value / unit / side));
    const [right, bottom] = [Math.min(level.columns - 1, first(seen.right)), Math.min(level.rows - 1, first(seen.bottom))];
    for (let row = first(seen.top); row <= bottom; row += 1) {
      for (let column = first(seen.left); column <= right; column += 1) {
        const bitmap = this.tile(tiles, at, column, row);
        if (bitmap) on.drawImage(bitmap, column * side * unit, row * side * unit, bitmap.width * unit, bitmap.height * unit);
      }
    }
  }

  private tile(tiles: Tiles, level: number, column: number, row: number): ImageBitmap | undefined {
    const key = `${level} ${column} ${row}`;
    const found = this.decoded.get(key);
    if (found === 'coming') return undefined;
    if (found) {
      // What was looked at last goes last.
      this.decoded.delete(key);
      this.decoded.set(key, found);
      return found;
    }
    const bytes = tiles.tile(level, column, row);
    if (!bytes) return undefined;
    this.decoded.set(key, 'coming');
    void this.decode(bytes, (bitmap) => {
      this.decoded.set(key, bitmap);
      for (const [old, it] of this.decoded) {
        if (this.decoded.size <= TILES_MAX) break;
        if (it === 'coming') continue;
        it.close();
        this.decoded.delete(old);
      }
    });
    return undefined;
  }

  private async decode(blob: Blob, then: (bitmap: ImageBitmap) => void): Promise<void> {
    // A picture that no browser reads leaves the paper as it is.
    const bitmap = await createImageBitmap(blob).catch(() => undefined);
    if (!bitmap) return;
    if (this.isClosed) {
      bitmap.close();
      return;
    }
    then(bitmap);
    this.again();
  }
}
