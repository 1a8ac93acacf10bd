// How large a plan is: by the width of the whole picture, or by two points on it and how far they are from each other.

import { useWords } from '@fieldbook/ui';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { METRES_MAX, METRES_MIN } from '../plan/limits.js';
import type { Point } from '../plan/space.js';
import type { Read } from './read.js';

/** The longer side of the preview, in pixels. */
const PREVIEW = 1200;
/** What the glass shows of the picture, and how large it is on the screen, in pixels. */
const SEEN = 60;
const GLASS = 180;
/** Two points that are closer than this part of the width tell nothing exact. */
const CLOSE = 0.02;
/** How far an arrow key moves a point, in pixels of the picture; and with Shift. */
const STEP = 1;
const STRIDE = 20;

/** A number as people write it, with a point or a comma; NaN where it is none. */
const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')));
const isWidth = (wide: number) => wide >= METRES_MIN && wide <= METRES_MAX;

/** Asks for the scale of a picture. `onWide` hears how wide the whole of it is, in metres, and nothing while that is not known. */
export function Scale({ picture, metres, onWide }: { picture: Read; metres: number; onWide: (wide: number | undefined) => void }): ReactNode {
  const { say } = useWords();
  const [by, setBy] = useState<'width' | 'points'>('width');
  const [width, setWidth] = useState(String(metres));
  const [distance, setDistance] = useState('');
  const [points, setPoints] = useState<[Point, Point]>(() => [
    { x: picture.width * 0.3, y: picture.height * 0.5 },
    { x: picture.width * 0.7, y: picture.height * 0.5 },
  ]);
  const apart = Math.hypot(points[1].x - points[0].x, points[1].y - points[0].y);
  const isClose = apart < picture.width * CLOSE;
  const wide = by === 'width' ? number(width) : isClose ? Number.NaN : (number(distance) * picture.width) / apart;
  const isRight = isWidth(wide);
  useEffect(() => onWide(isRight ? wide : undefined), [onWide, isRight, wide]);

  const told = { height: ((wide * picture.height) / picture.width).toFixed(1), millimetres: ((wide * 1000) / picture.width).toFixed(1), width: wide.toFixed(1) };
  const wrong = isClose && by === 'points' ? say('upload.close') : by === 'points' && distance === '' ? say('upload.distanceAbout') : say('upload.widthWrong', { least: METRES_MIN, most: METRES_MAX });
  return (
    <>
      <RadioGroup className="fb-filter" aria-label={say('upload.by')} value={by} onChange={(to) => setBy(to as typeof by)}>
        <Radio value="width">{say('upload.byWidth')}</Radio>
        <Radio value="points">{say('upload.byPoints')}</Radio>
      </RadioGroup>
      <p className="fb-quiet">{say(by === 'width' ? 'upload.widthAbout' : 'upload.pointsAbout')}</p>
      <Preview picture={picture} points={by === 'points' ? points : undefined} onPoints={setPoints} />
      <label className="st-field">
        <span>{say(by === 'width' ? 'upload.width' : 'upload.distance')}</span>
        <input
          inputMode="decimal"
          value={by === 'width' ? width : distance}
          aria-invalid={!isRight && (by === 'width' || distance !== '')}
          aria-describedby="st-width"
          onChange={(event) => (by === 'width' ? setWidth : setDistance)(event.target.value)}
        />
      </label>
      <p id="st-width" className="fb-quiet">
        {isRight ? say(by === 'width' ? 'upload.scale' : 'upload.scaleWide', told) : wrong}
      </p>
    </>
  );
}

function Preview({ picture, points, onPoints }: { picture: Read; points: [Point, Point] | undefined; onPoints: (points: [Point, Point]) => void }): ReactNode {
  const { say } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  /** Which point is being moved, and is looked at through the glass. */
  const [held, setHeld] = useState<0 | 1>();
  const scale = Math.min(1, PREVIEW / Math.max(picture.width, picture.height));
  const [width, height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))];
  useEffect(() => canvas.current?.getContext('2d')?.drawImage(picture.source, 0, 0, width, height), [picture, width, height]);

  const put = (which: 0 | 1, { x, y }: Point) => {
    if (!points) return;
    const within = { x: Math.max(0, Math.min(picture.width, x)), y: Math.max(0, Math.min(picture.height, y)) };
    onPoints(which === 0 ? [within, points[1]] : [points[0], within]);
  };
  const under = (event: PointerEvent): Point => {
    const box = canvas.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return { x: ((event.clientX - box.left) * picture.width) / box.width, y: ((event.clientY - box.top) * picture.height) / box.height };
  };
  const take = (event: PointerEvent<HTMLDivElement>) => {
    if (!points) return;
    const at = under(event);
    const [first, second] = points.map((point) => Math.hypot(point.x - at.x, point.y - at.y)) as [number, number];
    const nearest = first <= second ? 0 : 1;
    event.currentTarget.setPointerCapture(event.pointerId);
    setHeld(nearest);
    put(nearest, at);
  };
  const type = (which: 0 | 1) => (event: KeyboardEvent) => {
    const by = event.shiftKey ? STRIDE : STEP;
    const [dx, dy] = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key] ?? [];
    const point = points?.[which];
    if (dx === undefined || dy === undefined || !point) return;
    event.preventDefault();
    put(which, { x: point.x + dx, y: point.y + dy });
  };
  const part = (at: number, of: number) => `${(100 * at) / of}%`;
  return (
    <div className={points ? 'st-measured' : 'st-shown'} onPointerDown={take} onPointerMove={(event) => held !== undefined && event.buttons && put(held, under(event))} onPointerUp={() => setHeld(undefined)}>
      <canvas ref={canvas} className="st-preview" role="img" aria-label={say('upload.preview')} width={width} height={height} />
      {points && (
        <svg className="st-between" aria-hidden="true">
          <line x1={part(points[0].x, picture.width)} y1={part(points[0].y, picture.height)} x2={part(points[1].x, picture.width)} y2={part(points[1].y, picture.height)} />
        </svg>
      )}
      {points?.map((point, which) => (
        <button
          key={which}
          type="button"
          className="st-point"
          style={{ left: part(point.x, picture.width), top: part(point.y, picture.height) }}
          aria-label={say('upload.point', { number: which + 1, across: Math.round((100 * point.x) / picture.width), down: Math.round((100 * point.y) / picture.height) })}
          onFocus={() => setHeld(which as 0 | 1)}
          onBlur={() => setHeld(undefined)}
          onKeyDown={type(which as 0 | 1)}
        >
          {which + 1}
        </button>
      ))}
      {points && held !== undefined && <Glass picture={picture} at={points[held]} isLeft={points[held].x > picture.width / 2} />}
    </div>
  );
}

/** What lies under a point, as large as it has to be seen to be put exactly. */
function Glass({ picture, at, isLeft }: { picture: Read; at: Point; isLeft: boolean }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const seen = Math.max(SEEN, Math.round(picture.width / 40));
  useEffect(() => {
    const on = canvas.current?.getContext('2d');
    if (!on) return;
    on.fillStyle = '#fff';
    on.fillRect(0, 0, GLASS, GLASS);
    on.drawImage(picture.source, at.x - seen / 2, at.y - seen / 2, seen, seen, 0, 0, GLASS, GLASS);
    on.strokeStyle = '#c00';
    on.beginPath();
    on.moveTo(GLASS / 2, 0);
    on.lineTo(GLASS / 2, GLASS);
    on.moveTo(0, GLASS / 2);
    on.lineTo(GLASS, GLASS / 2);
    on.stroke();
  }, [picture, at, seen]);
  return <canvas ref={canvas} className={isLeft ? 'st-glass st-left' : 'st-glass'} width={GLASS} height={GLASS} aria-hidden="true" />;
}
