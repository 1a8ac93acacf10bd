// What becomes of a picture of a plan: one small enough that every device has it, and all of it in tiles.

import { type Cut, TILE, pack } from './tiles.js';

/** The longer side of the small one, in pixels. */
export const SMALL = 2048;
/** Lines stay sharp at this quality, in an eighth of what they take without a loss. */
const TYPE = 'image/webp';
const QUALITY = 0.8;

/** A plan as it is uploaded. */
export interface Prepared {
  plan: Uint8Array;
  detail: Uint8Array;
  width: number;
  height: number;
}

/** Anything that a canvas draws. */
export type Source = ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

/** Makes both. What is larger than a canvas may be never gets here: see `limits.ts`. */
export async function prepare(source: Source, width: number, height: number): Promise<Prepared> {
  const scale = Math.min(1, SMALL / Math.max(width, height));
  const plan = await encoded(drawn(source, Math.round(width * scale), Math.round(height * scale)));
  const levels: Cut[] = [];
  for (let [wide, high] = [width, height]; ; [wide, high] = [Math.ceil(wide / 2), Math.ceil(high / 2)]) {
    levels.push(await cut(drawn(source, wide, high)));
    if (Math.max(wide, high) <= SMALL) break;
  }
  return { plan, detail: pack(TYPE, levels), width, height };
}

async function cut(canvas: OffscreenCanvas): Promise<Cut> {
  const { width, height } = canvas;
  const [columns, rows] = [Math.ceil(width / TILE), Math.ceil(height / TILE)];
  const tiles: Uint8Array[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [x, y] = [column * TILE, row * TILE];
      const tile = new OffscreenCanvas(Math.min(TILE, width - x), Math.min(TILE, height - y));
      context(tile).drawImage(canvas, x, y, tile.width, tile.height, 0, 0, tile.width, tile.height);
      tiles.push(await encoded(tile));
    }
  }
  return { width, height, columns, rows, tiles };
}

function drawn(source: Source, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const on = context(canvas);
  // What is see-through is paper.
  on.fillStyle = '#ffffff';
  on.fillRect(0, 0, width, height);
  on.imageSmoothingQuality = 'high';
  on.drawImage(source, 0, 0, width, height);
  return canvas;
}

function context(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser draws no pictures');
  return context;
}

async function encoded(canvas: OffscreenCanvas): Promise<Uint8Array> {
  const blob = await canvas.convertToBlob({ type: TYPE, quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}
