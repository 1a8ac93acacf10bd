// Files that somebody uploads as a plan, made here byte by byte.

import { crc32, deflateSync } from 'node:zlib';

/** A PNG of one colour. */
export function png(width, height, [red, green, blue]) {
  const row = Buffer.alloc(1 + 3 * width);
  for (let at = 0; at < width; at += 1) row.set([red, green, blue], 1 + 3 * at);
  const rows = Buffer.alloc(row.length * height);
  for (let at = 0; at < height; at += 1) rows.set(row, at * row.length);
  return pngOf(width, height, rows);
}

/** A PNG of noise, which no format makes small. */
export function noisyPng(width, height) {
  const wide = 1 + 3 * width;
  const rows = Buffer.alloc(wide * height);
  for (let at = 0, seed = 1; at < rows.length; at += 1) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    rows[at] = at % wide === 0 ? 0 : seed >> 16;
  }
  return pngOf(width, height, rows);
}

/** Of rows that each begin with a 0. */
function pngOf(width, height, rows) {
  return Buffer.concat([pngHead(width, height), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', Buffer.alloc(0))]);
}

/** What a PNG begins with: its size, and no picture. */
export function pngHead(width, height) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head)]);
}

function chunk(name, data) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PDF with a page of A3, lying, for each colour; parts of a colour are from 0 to 1. */
export function pdf(colours) {
  const kids = colours.map((_, at) => `${3 + 2 * at} 0 R`).join(' ');
  const pages = colours.flatMap((colour, at) => [
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1191 842] /Contents ${4 + 2 * at} 0 R >>`,
    stream(`${colour.join(' ')} rg 0 0 1191 842 re f`),
  ]);
  return pdfOf([`<< /Type /Catalog /Pages 2 0 R >>`, `<< /Type /Pages /Kids [${kids}] /Count ${colours.length} >>`, ...pages]);
}

/** A PDF whose one page is a scan: 64 by 48 pixels of one colour in JPEG 2000 (20, 120, 200), or black with a white middle in JBIG2. */
export function scanned(how) {
  const image = { jpx: [JPX, '/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /JPXDecode'], jbig2: [jbig2(64, 48), '/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode'] }[how];
  return pdfOf([
    `<< /Type /Catalog /Pages 2 0 R >>`,
    `<< /Type /Pages /Kids [3 0 R] /Count 1 >>`,
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 640 480] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>`,
    stream('640 0 0 480 0 0 cm /I Do'),
    stream(image[0], `/Type /XObject /Subtype /Image /Width 64 /Height 48 ${image[1]}`),
  ]);
}

/** A PDF that opens with a password, which nobody here has: RC4 of 40 bits, as the standard's oldest readers have it. */
export function lockedPdf() {
  const lock = `<< /Filter /Standard /V 1 /R 2 /P -4 /O <${'4f'.repeat(32)}> /U <${'55'.repeat(32)}> >>`;
  return pdfOf([`<< /Type /Catalog /Pages 2 0 R >>`, `<< /Type /Pages /Kids [3 0 R] /Count 1 >>`, `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 640 480] >>`, lock], `/Encrypt 4 0 R /ID [<${'49'.repeat(16)}> <${'49'.repeat(16)}>]`);
}

const stream = (content, about = '') => `<< /Length ${content.length} ${about} >>\nstream\n${typeof content === 'string' ? content : content.toString('latin1')}\nendstream`;

/** A file of these objects, the first of which is the catalogue. */
function pdfOf(objects, more = '') {
  let text = '%PDF-1.5\n';
  const places = objects.map((object, at) => {
    const place = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = text.length;
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${more} >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** 64 by 48 pixels of (20, 120, 200), in JPEG 2000 without loss. */
const JPX = Buffer.from(
  'AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAMAAAAEAAAwcHAAAAAAAPY29scgEAAAAAABAAAAC4anAyY/9P/1EALwAAAAAAQAAAADAAAAAAAAAAAAAAAEAA' +
    'AAAwAAAAAAAAAAAAAwcBAQcBAQcBAf9SAAwAAAABAQUEBAAB/1wAE0BASEhQSEhQSEhQSEhQSEhQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4w/5AACgAAAAAAMQAB/5PB8gMI' +
    'hN3PtBAB1Drnz7QQCIV0UYCAgICAgICAgICAgICAgP/Z',
  'base64',
);

/** A page of black in JBIG2 (ITU-T T.88), on which a region of white lines lies, packed as a fax does (MMR: a line like the one above it is the bit 1). */
function jbig2(width, height) {
  const lines = height / 2;
  const segment = (number, type, data) => Buffer.concat([bytes32(number), Buffer.from([type, 0, 1]), bytes32(data.length), data]);
  // A pixel that nothing says is black.
  const page = Buffer.concat([bytes32(width), bytes32(height), bytes32(0), bytes32(0), Buffer.from([0x04, 0, 0])]);
  // In the place of what is there, from a quarter of the height on.
  const region = Buffer.concat([bytes32(width), bytes32(lines), bytes32(0), bytes32(height / 4), Buffer.from([0x04, 0x01]), Buffer.alloc(lines / 8, 0xff), Buffer.from([0x00, 0x10, 0x01])]);
  return Buffer.concat([segment(0, 48, page), segment(1, 38, region)]);
}

function bytes32(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** A green drawing that tries all that a drawing may try. */
export const HOSTILE = `<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 300 200" onload="document.title='ran'">
  <style>@import url(https://elsewhere.invalid/style.css); rect { stroke: red }</style>
  <script>document.title = 'ran'; fetch('https://elsewhere.invalid/script');</script>
  <rect width="300" height="200" fill="#00a000" onclick="document.title='ran'"/>
  <rect width="10" height="10" fill="url(https://elsewhere.invalid/fill.svg#a)"/>
  <image href="https://elsewhere.invalid/image.png" width="10" height="10"/>
  <use xlink:href="https://elsewhere.invalid/use.svg#a"/>
  <a href="javascript:document.title='ran'"><circle r="4"/></a>
  <foreignObject width="20" height="20"><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://elsewhere.invalid/page"></iframe></foreignObject>
</svg>`;
