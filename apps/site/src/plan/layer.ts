// A canvas that reaches beyond what is seen. While the floor is panned it is shifted as it is, which costs nothing; it is drawn anew where
// its edge would show, or where something on it has changed.

import type { View } from './paint.js';

/** How far it reaches beyond each edge, as a part of what is seen. */
const BEYOND = 0.2;

export type Draw = (on: CanvasRenderingContext2D, view: View) => void;

export class Layer {
  readonly canvas = document.createElement('canvas');
  /** For what it was drawn. */
  private drawn: (View & { ratio: number }) | undefined;

  constructor(name: string) {
    this.canvas.className = `st-layer ${name}`;
    this.canvas.setAttribute('aria-hidden', 'true');
  }

  /** Shows a view: what was drawn before where that serves, and else what is drawn now. */
  show(view: View, isOld: boolean, draw: Draw): void {
    const ratio = devicePixelRatio;
    const { drawn } = this;
    const by = drawn ? { x: Math.round(view.left - drawn.left), y: Math.round(view.top - drawn.top) } : { x: 0, y: 0 };
    const [beyondX, beyondY] = [Math.ceil(view.width * BEYOND), Math.ceil(view.height * BEYOND)];
    const isSame = drawn && drawn.scale === view.scale && drawn.width === view.width && drawn.height === view.height && drawn.ratio === ratio;
    if (isOld || !isSame || Math.abs(by.x) > beyondX || Math.abs(by.y) > beyondY) {
      this.anew({ ...view, left: view.left + beyondX, top: view.top + beyondY, width: view.width + 2 * beyondX, height: view.height + 2 * beyondY }, ratio, draw);
      this.drawn = { ...view, ratio };
      by.x = by.y = 0;
    }
    this.canvas.style.transform = `translate(${by.x - beyondX}px, ${by.y - beyondY}px)`;
  }

  /** Shows nothing, and keeps nothing. */
  clear(): void {
    if (!this.drawn) return;
    this.drawn = undefined;
    this.canvas.width = this.canvas.height = 0;
  }

  private anew(view: View, ratio: number, draw: Draw): void {
    const on = fresh(this.canvas, view, ratio);
    if (on) draw(on, view);
  }
}

/** An empty canvas of a size, in the pixels that the screen has. */
export function fresh(canvas: HTMLCanvasElement, { width, height }: View, ratio: number): CanvasRenderingContext2D | null {
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const on = canvas.getContext('2d');
  on?.setTransform(ratio, 0, 0, ratio, 0, 0);
  on?.clearRect(0, 0, width, height);
  return on;
}
