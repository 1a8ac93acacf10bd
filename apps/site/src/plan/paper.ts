// A floor without a picture: paper with a line to each metre. And the scale bar, which every floor has.

import type { View } from './paint.js';

export function grid(on: CanvasRenderingContext2D, width: number, height: number, scale: number): void {
  const step = scale * 1000 > 14 ? 1_000 : scale * 1000 > 3 ? 5_000 : 20_000;
  on.lineWidth = 1 / scale;
  for (const [every, colour] of [[step, '#e3e7ea'], [step * 5, '#c3cad0']] as const) {
    on.strokeStyle = colour;
    on.beginPath();
    for (let x = 0; x <= width; x += every) {
      on.moveTo(x, 0);
      on.lineTo(x, height);
    }
    for (let y = 0; y <= height; y += every) {
      on.moveTo(0, y);
      on.lineTo(width, y);
    }
    on.stroke();
  }
  on.strokeStyle = '#7d8790';
  on.strokeRect(0, 0, width, height);
}

/** A length that people know, in at most this many pixels. */
const LONGEST = 120;

export function drawScale(on: CanvasRenderingContext2D, { scale, height }: View, colour: string, halo: string): void {
  const most = LONGEST / scale / 1000;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((digit) => digit * power <= most) ?? 1) * power;
  const [x, y, long] = [16, height - 18, metres * 1000 * scale];
  const bar = () => {
    on.beginPath();
    on.moveTo(x, y - 5);
    on.lineTo(x, y);
    on.lineTo(x + long, y);
    on.lineTo(x + long, y - 5);
    on.stroke();
  };
  on.strokeStyle = halo;
  on.lineWidth = 5;
  bar();
  on.strokeStyle = colour;
  on.lineWidth = 2;
  bar();
  on.font = '600 12px system-ui, sans-serif';
  on.textAlign = 'left';
  on.textBaseline = 'alphabetic';
  const says = metres >= 1 ? `${metres} m` : `${Math.round(metres * 100)} cm`;
  on.lineWidth = 4;
  on.strokeStyle = halo;
  on.strokeText(says, x + 6, y - 6);
  on.fillStyle = colour;
  on.fillText(says, x + 6, y - 6);
}
