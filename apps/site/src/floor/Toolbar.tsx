// The tools beside a plan.

import { useWords } from '@fieldbook/ui';
import type { ReactNode, RefObject } from 'react';
import { Button } from 'react-aria-components';
import { Sign, type SignName } from '../parts/Sign.js';
import type { PlanMap } from '../plan/map.js';
import { CHOOSE, type Tool } from './tools.js';

interface ToolbarProps {
  tool: Tool;
  use: (tool: Tool) => void;
  map: RefObject<PlanMap | null>;
  toggle: () => void;
  isOpen: boolean;
}

const TOOLS: { sign: SignName; tool: Tool }[] = [
  { sign: 'choose', tool: CHOOSE },
  { sign: 'several', tool: { is: 'several' } },
  { sign: 'place', tool: { is: 'place', listing: undefined } },
  { sign: 'room', tool: { is: 'room' } },
  ...(['note', 'arrow', 'pin', 'text', 'area', 'measure'] as const).map((kind) => ({ sign: kind, tool: { is: 'annotation', kind } as const })),
];

export function Toolbar({ tool, use, map, toggle, isOpen }: ToolbarProps): ReactNode {
  const { say } = useWords();
  return (
    <>
      <div className="st-tools" role="toolbar" aria-label={say('tools')}>
        {TOOLS.map(({ sign, tool: one }) => (
          <Button key={sign} className="st-tool" aria-pressed={isSame(one, tool)} aria-label={say(`tool.${sign}`)} onPress={() => use(isSame(one, tool) ? CHOOSE : one)}>
            <Sign name={sign} />
            <span aria-hidden="true">{say(`tool.${sign}.short`)}</span>
          </Button>
        ))}
      </div>
      <div className="st-views">
        <Button className="st-view" aria-label={say('plan.near')} onPress={() => map.current?.zoom(0.75)}>
          <Sign name="near" />
        </Button>
        <Button className="st-view" aria-label={say('plan.far')} onPress={() => map.current?.zoom(-0.75)}>
          <Sign name="far" />
        </Button>
        <Button className="st-view" aria-label={say('plan.fit')} onPress={() => map.current?.fit()}>
          <Sign name="fit" />
        </Button>
        <Button className="st-view st-only-narrow" aria-label={say('panel.toggle')} aria-expanded={isOpen} onPress={toggle}>
          <Sign name="panel" />
        </Button>
      </div>
    </>
  );
}

function isSame(a: Tool, b: Tool): boolean {
  return a.is === b.is && (a.is !== 'annotation' || b.is !== 'annotation' || a.kind === b.kind);
}
