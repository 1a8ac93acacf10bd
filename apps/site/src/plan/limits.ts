// What may become a plan: which files, how large, how many pixels. A file is what its first bytes say, whatever its name is; and how many
// pixels it has stands in its head, so that a picture that would fill the memory is refused before anything decodes it.

/** The largest file that is read, in bytes. */
export const FILE_BYTES_MAX = 50 << 20;
/** What a picture may have in all, and along one side, in pixels: within what a canvas of every browser holds. */
export const PIXELS_MAX = 64_000_000;
export const SIDE_MAX = 16_384;
/** The longer side of what is drawn from lines (SVG, PDF), in pixels. */
export const DRAWN_SIDE = 6144;
/** How wide a plan may be, in metres. */
export const METRES_MIN = 0.5;
export const METRES_MAX = 10_000;
/** The largest file that a server takes, in bytes: see `docs/guide/wire.md`. */
export const BLOB_BYTES_MAX = 64 << 20;

export type Kind = 'png' | 'jpeg' | 'svg' | 'pdf';

export interface Size {
  width: number;
  height: number;
}

/** Why a file becomes no plan; each has a sentence that says what to do. */
export type Reason = 'large' | 'type' | 'pixels' | 'broken' | 'locked' | 'reader' | 'detail';

export class Refused extends Error {
  constructor(readonly reason: Reason) {
    super(reason);
  }
}

/** What a file is, by its bytes. Throws `Refused` where it is none of those that become a plan. */
export function kindOf(bytes: Uint8Array): Kind {
  if (begins(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (begins(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
  // A PDF may have a kilobyte of something else before it (ISO 32000-1, annex H.3.4.1).
  if (head.slice(0, 1024).includes('%PDF-')) return 'pdf';
  if (/^(?:\u00ef\u00bb\u00bf)?\s*</.test(head) && /<svg[\s>]/.test(head)) return 'svg';
  throw new Refused('type');
}

/** Refuses a file that is larger than is read, in bytes. */
export function checkBytes(size: number): void {
  if (size > FILE_BYTES_MAX) throw new Refused('large');
}

/** Refuses what has no size, and what has more pixels than a canvas holds. */
export function checkPixels({ width, height }: Size): void {
  if (!(width > 0 && height > 0)) throw new Refused('broken');
  if (width > SIDE_MAX || height > SIDE_MAX || width * height > PIXELS_MAX) throw new Refused('pixels');
}

/** The size in the head of a PNG or a JPEG. */
export function sizeIn(kind: 'png' | 'jpeg', bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return kind === 'png' ? { width: view.getUint32(16), height: view.getUint32(20) } : jpegSize(view);
  } catch {
    // It ends before it says.
    throw new Refused('broken');
  }
}

/** Goes from marker to marker to the one that begins a frame (ITU T.81, B.2.2). */
function jpegSize(view: DataView): Size {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) throw new Refused('broken');
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // Before a marker there may be any number of bytes that fill.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
}

/** The size in which a drawing of lines is drawn: its longer side is as long as is useful. */
export function drawnSize({ width, height }: Size): Size {
  const scale = DRAWN_SIDE / Math.max(width, height);
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  checkPixels(size);
  return size;
}

function begins(bytes: Uint8Array, magic: number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
