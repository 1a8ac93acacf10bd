// The pages of a PDF, drawn by pdf.js: the library comes when the first PDF does, and does its work in a worker of this server's.

import { shell } from '@fieldbook/shell';
import { getDocument, GlobalWorkerOptions, PasswordException } from 'pdfjs-dist';
import { drawnSize, Refused } from '../plan/limits.js';
import type { Pages, Read } from './read.js';

/** Of a PDF's unit, which is a 72nd of an inch, in metres. */
const UNIT_METRES = 0.0254 / 72;
/** Plans are mostly drawn at 1:100. */
const SCALE = 100;

/** What pdf.js says where its worker did not come from the server. */
const NO_WORKER = 'Setting up fake worker failed';

/** Opens a document. Throws `Refused` where it is broken, opens with a password, or nothing is here that reads it. */
export async function pages(bytes: Uint8Array): Promise<Pages> {
  const [worker, scans] = [shell.files['pdf-worker.js'], shell.files['pdf/']];
  if (!worker || !scans) throw new Error('the build left out what pdf.js stands on');
  GlobalWorkerOptions.workerSrc = worker;
  // Scans in JPEG 2000 and JBIG2, and colours by profiles, take modules of their own, which come with the first that has one.
  const opening = getDocument({ data: bytes, enableXfa: false, wasmUrl: scans, useWorkerFetch: true, stopAtErrors: false });
  const book = await opening.promise.catch((error: unknown) => {
    if (error instanceof PasswordException) throw new Refused('locked');
    throw new Refused(String(error).includes(NO_WORKER) ? 'reader' : 'broken');
  });
  const page = async (number: number): Promise<Read> => {
    const drawn = await book.getPage(number);
    const own = drawn.getViewport({ scale: 1 });
    const size = drawnSize(own);
    const canvas = document.createElement('canvas');
    Object.assign(canvas, size);
    try {
      await drawn.render({ canvas, viewport: drawn.getViewport({ scale: size.width / own.width }) }).promise;
    } catch {
      throw new Refused('broken');
    }
    const metres = Math.round(own.width * UNIT_METRES * SCALE * 10) / 10;
    return { source: canvas, ...size, metres, close: () => Object.assign(canvas, { width: 0, height: 0 }) };
  };
  return { count: book.numPages, page, close: () => void opening.destroy() };
}
