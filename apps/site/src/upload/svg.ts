// A drawing that somebody else made, with nothing in it that acts or asks for something: no script, no event, no foreign page, no address
// other than a part of itself. A browser that shows it as a picture runs and fetches nothing either; these are two walls, not one.

import DOMPurify from 'dompurify';
import { drawnSize, Refused, type Size } from '../plan/limits.js';

/** What lies in the file itself. */
const OWN = /^#|^data:image\/(?:png|jpeg|webp|gif);base64,/i;
const ADDRESSES = new Set(['href', 'xlink:href', 'src']);

/** The drawing without what it must not have, as large as it is drawn. Throws `Refused` where it is none. */
export function cleaned(bytes: Uint8Array): { text: string; size: Size } {
  const read = new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'image/svg+xml');
  const drawing = read.documentElement;
  if (drawing.localName !== 'svg' || read.querySelector('parsererror')) throw new Refused('broken');
  const purify = DOMPurify(window);
  purify.addHook('uponSanitizeAttribute', (_, told) => {
    const isForeign = ADDRESSES.has(told.attrName) ? !OWN.test(told.attrValue.trim()) : asks(told.attrValue);
    if (isForeign) told.keepAttr = false;
  });
  purify.addHook('uponSanitizeElement', (node, { tagName }) => {
    if (tagName === 'style' && node.textContent && asks(node.textContent)) node.textContent = '';
  });
  const clean = purify.sanitize(new XMLSerializer().serializeToString(drawing), {
    USE_PROFILES: { svg: true, svgFilters: true },
    ADD_TAGS: ['use'],
    FORBID_TAGS: ['foreignObject', 'script', 'animate', 'set', 'a'],
    RETURN_DOM: true,
  });
  const svg = (clean as HTMLElement).querySelector('svg');
  if (!svg) throw new Refused('broken');
  const size = sized(svg);
  return { text: new XMLSerializer().serializeToString(svg), size };
}

/** Whether a style names something that does not lie in the file. */
function asks(style: string): boolean {
  if (/@import|\\/i.test(style)) return true;
  return [...style.matchAll(/(?:url|image-set|src)\(\s*['"]?\s*([^'")]*)/gi)].some(([, address = '']) => !OWN.test(address));
}

/** Gives the drawing the size in which it is drawn; what it has tells its shape. */
function sized(svg: SVGSVGElement): Size {
  const box = (svg.getAttribute('viewBox') ?? '').trim().split(/[\s,]+/).map(Number);
  const length = (name: string) => (/%$/.test(svg.getAttribute(name) ?? '%') ? Number.NaN : Number.parseFloat(svg.getAttribute(name) ?? ''));
  const [, , wide = Number.NaN, high = Number.NaN] = box;
  const own = { width: length('width') || wide, height: length('height') || high };
  if (!(own.width > 0 && own.height > 0)) throw new Refused('broken');
  const size = drawnSize(own);
  if (!(wide > 0 && high > 0)) svg.setAttribute('viewBox', `0 0 ${own.width} ${own.height}`);
  svg.setAttribute('width', String(size.width));
  svg.setAttribute('height', String(size.height));
  return size;
}
