// A picture in tiles, of several sizes, in one file: so that a plan of a hundred million pixels is one blob, and a screen decodes what it shows.
//
//   u32, little-endian     the length of the header
//   header                 JSON: see Header
//   tiles                  each a picture of its own, one behind the other

/** So many pixels are a tile wide and high; those at the right and at the bottom may be less. */
export const TILE = 512;

export interface Level {
  width: number;
  height: number;
  columns: number;
  rows: number;
  /** Of each tile, row by row: where it begins behind the header, and its length in bytes. */
  tiles: [number, number][];
}

export interface Header {
  version: 1;
  /** The media type of each tile. */
  type: string;
  tile: number;
  width: number;
  height: number;
  /** The whole picture first; each of the others has half the size of the one before it. */
  levels: Level[];
}

/** A level whose tiles are made one after the other, row by row. */
export interface Cut extends Omit<Level, 'tiles'> {
  tiles: Uint8Array[];
}

/** Puts levels into one file. */
export function pack(type: string, levels: Cut[]): Uint8Array {
  const [whole] = levels;
  if (!whole) throw new Error('a picture has at least one size');
  let at = 0;
  const placed = (tile: Uint8Array): [number, number] => {
    const place: [number, number] = [at, tile.length];
    at += tile.length;
    return place;
  };
  const header: Header = {
    version: 1,
    type,
    tile: TILE,
    width: whole.width,
    height: whole.height,
    levels: levels.map(({ tiles, ...level }) => ({ ...level, tiles: tiles.map(placed) })),
  };
  const head = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(4 + head.length + at);
  new DataView(file.buffer).setUint32(0, head.length, true);
  file.set(head, 4);
  let end = 4 + head.length;
  for (const tile of levels.flatMap(({ tiles }) => tiles)) {
    file.set(tile, end);
    end += tile.length;
  }
  return file;
}

/** A file of tiles, opened. */
export class Tiles {
  private constructor(
    private readonly file: Uint8Array,
    private readonly start: number,
    readonly header: Header,
  ) {}

  /** Nothing where the file is none of these: the small picture does then. */
  static open(file: Uint8Array): Tiles | undefined {
    if (file.length < 4) return undefined;
    const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
    if (length > file.length - 4) return undefined;
    try {
      const header = JSON.parse(new TextDecoder().decode(file.subarray(4, 4 + length))) as Header;
      const fits = header.version === 1 && header.levels.every(({ tiles, columns, rows }) => tiles.length === columns * rows);
      return fits ? new Tiles(file, 4 + length, header) : undefined;
    } catch {
      return undefined;
    }
  }

  /** A tile as a picture; nothing where there is none. */
  tile(level: number, column: number, row: number): Blob | undefined {
    const of = this.header.levels[level];
    if (!of || column < 0 || row < 0 || column >= of.columns || row >= of.rows) return undefined;
    const [at, length] = of.tiles[row * of.columns + column] ?? [0, 0];
    const begin = this.start + at;
    return begin + length > this.file.length ? undefined : new Blob([this.file.slice(begin, begin + length)], { type: this.header.type });
  }
}
