// A floor on the screen. Leaflet pans, zooms and pinches; what is seen is drawn on canvases over it: the picture, what stands on it, what is
// being moved, and what a hand is drawing. The first three are drawn once and then shifted, so that a thousand assets cost a drag nothing.

import { CRS, latLng, latLngBounds, Map as Leaflet } from 'leaflet';
import type { Backdrop } from './backdrop.js';
import { Hands, type Heard, type Mode } from './hands.js';
import { fresh, Layer } from './layer.js';
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
  private readonly back = new Layer('st-back');
  private readonly still = new Layer('st-still');
  private readonly moved = new Layer('st-moved');
  private readonly front = document.createElement('canvas');
  private readonly painter = new Painter();
  private backdrop: Backdrop | undefined;
  private colours: Colours | undefined;
  private readonly sizes: ResizeObserver;
  private frame = 0;
  private isBackOld = true;
  private isStillOld = true;
  /** What is being moved, as it was drawn last. */
  private lifted: ReadonlySet<string> | undefined;
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
    this.front.className = 'st-front';
    this.front.setAttribute('aria-hidden', 'true');
    container.append(this.back.canvas, this.still.canvas, this.moved.canvas, this.front);
    this.hands = new Hands(this, heard);
    this.map.on('move', () => this.drawFront());
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
    this.isStillOld = true;
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
    this.isStillOld = true;
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
    this.isBackOld = this.isStillOld = true;
    this.drawFront();
  }

  /** Shows in the next frame where the floor lies, what is being moved and what is being drawn. */
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
    for (const canvas of [this.back.canvas, this.still.canvas, this.moved.canvas, this.front]) canvas.remove();
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
    const { colours, painter, scene, chosen, overlay } = this;
    if (!this.isLaid() || !colours) return;
    const view = this.view();
    const ids = overlay.moved?.ids;
    const isLifted = ids !== this.lifted;
    this.lifted = ids;
    this.back.show(view, this.isBackOld, (on, view) => this.paintBack(on, view));
    this.still.show(view, this.isStillOld || isLifted, (on, view) => painter.still(on, view, scene, chosen, ids));
    if (ids && overlay.moved) {
      const { x, y } = overlay.moved.by;
      const there = { ...view, left: view.left + x * view.scale, top: view.top + y * view.scale };
      this.moved.show(there, isLifted || this.isStillOld, (on, view) => painter.moved(on, view, scene, chosen, ids));
    } else this.moved.clear();
    this.isBackOld = this.isStillOld = false;
    const front = fresh(this.front, view, devicePixelRatio);
    if (!front) return;
    painter.front(front, view, scene, chosen, overlay);
    drawScale(front, view, colours.text, colours.ground);
  }

  private paintBack(on: CanvasRenderingContext2D, view: View): void {
    const { width, height } = this.scene;
    on.save();
    on.translate(view.left, view.top);
    on.scale(view.scale, view.scale);
    on.fillStyle = '#ffffff';
    on.fillRect(0, 0, width, height);
    on.imageSmoothingQuality = 'high';
    const corner = (x: number, y: number): Point => ({ x: (x - view.left) / view.scale, y: (y - view.top) / view.scale });
    if (this.backdrop?.hasPicture) this.backdrop.draw(on, boxOf(corner(0, 0), corner(view.width, view.height)), view.scale * devicePixelRatio);
    else grid(on, width, height, view.scale);
    on.restore();
  }
}

function spot({ x, y }: Point) {
  return latLng(-y, x);
}
