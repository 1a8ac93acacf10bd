// The plan as a part of the screen: what stands there goes in, what a person did comes out.

import { useWords } from '@fieldbook/ui';
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import { Backdrop } from './backdrop.js';
import type { Heard, Mode } from './hands.js';
import { PlanMap } from './map.js';
import type { Colours } from './paint.js';
import type { Chosen, Scene } from './scene.js';
import { Tiles } from './tiles.js';

interface PlanProps {
  floor: string;
  label: string;
  scene: Scene;
  chosen: Chosen;
  mode: Mode;
  /** The pictures, as far as they are here. */
  small: Uint8Array | undefined;
  detail: Uint8Array | undefined;
  heard: Heard;
  map: Ref<PlanMap | null>;
}

export function Plan({ floor, label, scene, chosen, mode, small, detail, heard, map }: PlanProps): ReactNode {
  const { say } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const plan = useRef<PlanMap>(null);
  const hearing = useRef(heard);
  hearing.current = heard;
  // Before the page changes: a plan that is on its way out still has a size.
  useLayoutEffect(() => {
    if (!place.current) return undefined;
    const told = { ...Object.fromEntries(NAMES.map((name) => [name, (...given: never[]) => (hearing.current[name] as (...given: never[]) => void)(...given)])) } as unknown as Heard;
    const made = new PlanMap(place.current, floor, told);
    plan.current = made;
    const dress = () => made.dress(colours(place.current ?? document.body));
    dress();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', dress);
    const themed = new MutationObserver(dress);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      dark.removeEventListener('change', dress);
      themed.disconnect();
      made.close();
      plan.current = null;
    };
  }, [floor]);
  useImperativeHandle(map, () => plan.current as PlanMap, [floor]);
  useEffect(() => plan.current?.show(scene), [scene, floor]);
  useEffect(() => plan.current?.choose(chosen), [chosen, floor]);
  useEffect(() => plan.current?.mode(mode), [mode, floor]);
  useEffect(() => {
    const { width, height } = scene;
    const tiles = detail && Tiles.open(detail);
    plan.current?.lay(small || tiles ? new Backdrop(width, height, small, tiles, () => plan.current?.draw()) : undefined);
  }, [small, detail, scene.width, scene.height, floor]);
  return (
    <div
      ref={place}
      className="st-plan"
      role="application"
      tabIndex={0}
      aria-label={label}
      aria-roledescription={say('plan.is')}
      aria-description={say('plan.keys')}
    />
  );
}

const NAMES = ['chose', 'moved', 'reshaped', 'pointed', 'drew', 'opened', 'removed', 'left'] as const;

/** The theme's colours as a canvas takes them: what a stylesheet works out is asked of an element that has it. */
function colours(within: HTMLElement): Colours {
  const of = (name: string) => {
    // A new one for each: what changes its colour may take a moment to have the other.
    const probe = document.createElement('span');
    probe.style.color = `var(--${name})`;
    within.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const found: Colours = {
    text: of('text'),
    ground: of('card'),
    accent: of('accent'),
    line: of('line'),
    status: { draft: of('st-draft'), active: of('st-active'), inactive: of('st-inactive'), maintenance: of('st-maintenance'), decommissioned: of('st-decommissioned') },
  };
  return found;
}
