// A floor on the screen. Leaflet pans, zooms and pinches; what is seen is drawn on two canvases over it: the picture, and all that stands
// on it. So a thousand assets that move cost one drawing and no element.

import { CRS, latLng, latLngBounds, Map as Leaflet } from 'leaflet';
import type { Backdrop } from './backdrop.js';
import { Hands, type Heard, type Mode } from './hands.js';
import { type Colours, type Overlay, Painter, type View } from './paint.js';
import { type Chosen, NOTHING, type Scene } from './scene.js';
import { type Box, boxOf, type Point } from './space.js';
import { drawScale, grid } from './paper.js';

/** How near and how far one can look, as powers of two of pixels to the millimetre. */
const NEAREST = -1;
const FARTHEST = -10;
/** What a floor looked like when it was left, for this visit. */
const left = new Map<string, { centre: Point; zoom: number }>();

export class PlanMap {
  scene: Scene = { width: 1, height: 1, assets: [], rooms: [], notes: [] };
  chosen: Chosen = NOTHING;
  readonly overlay: Overlay = { moved: undefined, line: [], next: undefined, isClosed: false, box: undefined, corners: undefined };
  readonly hands: Hands;
  private readonly map: Leaflet;
  private readonly back = canvas('st-back');
  private readonly front = canvas('st-front');
  private readonly painter = new Painter();
  private backdrop: Backdrop | undefined;
  private colours: Colours | undefined;
  private readonly sizes: ResizeObserver;
  private frame = 0;
  private isBackOld = true;
  /** All of it is shown, and stays so when a bar or a panel takes some of the screen. */
  private isWhole = false;

  constructor(
    readonly container: HTMLElement,
    private readonly floor: string,
    heard: Heard,
  ) {
    this.map = new Leaflet(container, {
      crs: CRS.Simple,
      minZoom: FARTHEST,
      maxZoom: NEAREST,
      zoomSnap: 0,
      zoomDelta: 0.75,
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      zoomControl: false,
      attributionControl: false,
      boxZoom: false,
      doubleClickZoom: false,
      keyboard: false,
      wheelPxPerZoomLevel: 120,
    });
    container.append(this.back, this.front);
    this.hands = new Hands(this, heard);
    this.map.on('move', () => this.draw());
    this.map.on('movestart zoomstart', () => {
      this.isWhole = false;
    });
    this.sizes = new ResizeObserver(() => {
      // On its way out it has no size, and what was looked at is still to be noted.
      if (container.clientWidth === 0) return;
      this.map.invalidateSize({ animate: false });
      if (this.isWhole) this.fit();
      this.draw();
    });
    this.sizes.observe(container);
  }

  /** What stands here, drawn anew. A floor of another size is shown whole. */
  show(scene: Scene): void {
    const isOther = scene.width !== this.scene.width || scene.height !== this.scene.height;
    this.scene = scene;
    this.hands.learn(scene);
    const before = left.get(this.floor);
    if (!isOther) this.drawFront();
    else if (before) this.map.setView(spot(before.centre), before.zoom, { animate: false });
    else this.fit();
  }

  /** Leaves what was moved where it is, until the records say so. */
  settle(ids: ReadonlySet<string>, by: Point): void {
    const assets = this.scene.assets.map((asset) => (ids.has(asset.id) ? { ...asset, x: asset.x + by.x, y: asset.y + by.y } : asset));
    this.show({ ...this.scene, assets });
  }

  choose(chosen: Chosen): void {
    this.hands.forget();
    this.chosen = chosen;
    this.hands.learn(this.scene);
    this.drawFront();
  }

  mode(mode: Mode): void {
    this.hands.turn(mode);
  }

  dress(colours: Colours): void {
    this.colours = colours;
    this.painter.dress(colours, devicePixelRatio);
    this.draw();
  }

  lay(backdrop: Backdrop | undefined): void {
    this.backdrop?.close();
    this.backdrop = backdrop;
    this.draw();
  }

  fit(): void {
    const { width, height } = this.scene;
    this.map.fitBounds(latLngBounds(spot({ x: 0, y: 0 }), spot({ x: width, y: height })), { padding: [24, 24], animate: false });
    this.isWhole = true;
  }

  zoom(by: number): void {
    this.map.setZoom(this.map.getZoom() + by, { animate: false });
  }

  pan(x: number, y: number): void {
    this.map.panBy([x, y], { animate: false });
  }

  /** Brings a point to the middle, near enough to tell what stands there. */
  look(at: Point): void {
    this.map.setView(spot(at), Math.max(this.map.getZoom(), -5.2), { animate: false });
    // On a phone the lower part lies behind the sheet.
    if (matchMedia('(max-width: 899px)').matches) this.pan(0, this.map.getSize().y * 0.25);
  }

  /** The point in the middle of the screen. */
  centre(): Point {
    const { lat, lng } = this.map.getCenter();
    return { x: lng, y: -lat };
  }

  /** What of the floor is on the screen. */
  seen(): Box {
    const { width, height } = this.view();
    return boxOf(this.point(0, 0), this.point(width, height));
  }

  /** The point of the floor under a pixel. */
  point(x: number, y: number): Point {
    const { lat, lng } = this.map.containerPointToLatLng([x, y]);
    return { x: lng, y: -lat };
  }

  /** So many pixels are a millimetre. */
  get scale(): number {
    return 2 ** this.map.getZoom();
  }

  /** Whether a finger or a mouse moves the floor. */
  hold(isHeld: boolean): void {
    if (isHeld) this.map.dragging.disable();
    else this.map.dragging.enable();
  }

  /** Draws all of it in the next frame. */
  draw(): void {
    this.isBackOld = true;
    this.drawFront();
  }

  drawFront(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.paint());
  }

  close(): void {
    if (this.isLaid() && !this.isWhole) left.set(this.floor, { centre: this.centre(), zoom: this.map.getZoom() });
    else left.delete(this.floor);
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.sizes.disconnect();
    this.hands.close();
    this.backdrop?.close();
    this.map.remove();
    this.back.remove();
    this.front.remove();
  }

  private isLaid(): boolean {
    return this.scene.width > 1;
  }

  private view(): View {
    const { x: width, y: height } = this.map.getSize();
    const { x, y } = this.map.latLngToContainerPoint(spot({ x: 0, y: 0 }));
    return { scale: this.scale, left: x, top: y, width, height };
  }

  private paint(): void {
    this.frame = 0;
    if (!this.isLaid() || !this.colours) return;
    const view = this.view();
    const isSized = [this.back, this.front].map((canvas) => sized(canvas, view.width, view.height)).some(Boolean);
    const front = this.front.getContext('2d');
    const back = this.back.getContext('2d');
    if (back && (this.isBackOld || isSized)) this.paintBack(back, view);
    if (front) {
      this.painter.paint(front, view, this.scene, this.chosen, this.overlay);
      drawScale(front, view, this.colours.text, this.colours.ground);
    }
  }

  private paintBack(on: CanvasRenderingContext2D, view: View): void {
    this.isBackOld = false;
    const { width, height } = this.scene;
    on.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    on.clearRect(0, 0, view.width, view.height);
    on.save();
    on.translate(view.left, view.top);
    on.scale(view.scale, view.scale);
    on.fillStyle = '#ffffff';
    on.fillRect(0, 0, width, height);
    on.imageSmoothingQuality = 'high';
    if (this.backdrop?.hasPicture) this.backdrop.draw(on, this.seen(), view.scale * devicePixelRatio);
    else grid(on, width, height, view.scale);
    on.restore();
  }
}

function spot({ x, y }: Point) {
  return latLng(-y, x);
}

function canvas(name: string): HTMLCanvasElement {
  const made = document.createElement('canvas');
  made.className = name;
  made.setAttribute('aria-hidden', 'true');
  return made;
}

/** Gives a canvas the pixels that the screen has. Whether it had others. */
function sized(canvas: HTMLCanvasElement, width: number, height: number): boolean {
  const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  if (canvas.width === wide && canvas.height === high) return false;
  canvas.width = wide;
  canvas.height = high;
  return true;
}
