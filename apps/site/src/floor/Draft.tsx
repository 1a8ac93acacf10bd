// What was just drawn, before it is saved: what is it called, what does it say?

import { useWords } from '@fieldbook/ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { PanelHead } from './AssetPanel.js';
import type { Draft } from './tools.js';

export function NewDraft({ draft, save, close }: { draft: Draft; save: (text: string) => Promise<boolean>; close: () => void }): ReactNode {
  const { say } = useWords();
  const [a, b] = draft.geometry;
  const measured = draft.kind === 'measure' && a && b ? say('note.metres', { metres: (Math.hypot(a.x - b.x, a.y - b.y) / 1000).toFixed(2) }) : '';
  const [text, setText] = useState(measured);
  const needsText = draft.is === 'annotation' && (draft.kind === 'text' || draft.kind === 'note');
  const isWhole = !needsText || text.trim() !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) void save(text.trim());
  };
  return (
    <>
      <PanelHead title={say(draft.is === 'room' ? 'draft.room' : 'draft.note')} close={close} />
      <form className="st-form" onSubmit={submit}>
        <label className="st-field">
          <span>{say(draft.is === 'room' ? 'field.room.name' : 'field.annotation.text')}</span>
          <input value={text} autoFocus maxLength={200} onChange={(event) => setText(event.target.value)} />
        </label>
        <div className="fb-row">
          <Button type="submit" className="fb-button fb-primary" isDisabled={!isWhole}>
            {say('save')}
          </Button>
          <Button className="fb-button" onPress={close}>
            {say('cancel')}
          </Button>
        </div>
      </form>
    </>
  );
}
