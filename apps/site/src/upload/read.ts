// From a file that somebody chose to something that a canvas draws.

import { checkBytes, checkPixels, kindOf, Refused, type Size, sizeIn } from '../plan/limits.js';
import type { Source } from '../plan/picture.js';
import { cleaned } from './svg.js';

/** A picture, decoded. `close` gives back its memory. */
export interface Read extends Size {
  source: Source;
  /** How wide it probably is, in metres; nothing where the file does not tell. */
  metres: number | undefined;
  close: () => void;
}

/** A document of pages, of which one becomes the plan. */
export interface Pages {
  count: number;
  /** Draws a page; the first is 1. */
  page: (number: number) => Promise<Read>;
  close: () => void;
}

/** Reads a file. Throws `Refused` with the reason where it becomes no plan. */
export async function read(file: Blob): Promise<{ is: 'picture'; picture: Read } | { is: 'pages'; pages: Pages }> {
  checkBytes(file.size);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes);
  switch (kind) {
    case 'png':
    case 'jpeg':
      checkPixels(sizeIn(kind, bytes));
      return { is: 'picture', picture: await bitmap(bytes, kind) };
    case 'svg':
      return { is: 'picture', picture: await drawing(bytes) };
    case 'pdf':
      return { is: 'pages', pages: await (await reader()).pages(bytes) };
  }
}

/** What reads PDFs comes from the server with the first one. */
function reader(): Promise<typeof import('./pdf.js')> {
  return import('./pdf.js').catch(() => {
    throw new Refused('reader');
  });
}

async function bitmap(bytes: Uint8Array, kind: string): Promise<Read> {
  const source = await createImageBitmap(new Blob([bytes.slice()], { type: `image/${kind}` })).catch(() => {
    throw new Refused('broken');
  });
  return { source, width: source.width, height: source.height, metres: undefined, close: () => source.close() };
}

async function drawing(bytes: Uint8Array): Promise<Read> {
  const { text, size } = cleaned(bytes);
  const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  const source = new Image(size.width, size.height);
  source.src = address;
  await source.decode().catch(() => {
    URL.revokeObjectURL(address);
    throw new Refused('broken');
  });
  return { source, ...size, metres: undefined, close: () => URL.revokeObjectURL(address) };
}
