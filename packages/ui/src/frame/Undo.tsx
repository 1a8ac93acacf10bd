// Undo and redo, in the frame and on the keyboard.

import type { Result, Undone } from '@fieldbook/client';
import { useFieldbook } from '@fieldbook/react';
import { type ReactNode, useCallback, useEffect } from 'react';
import { Button } from 'react-aria-components';
import { useSaid } from '../notices/Said.js';
import { Icon } from '../parts/icons.js';
import { useWords } from '../words/index.js';

export function Undo(): ReactNode {
  const words = useWords();
  const { say } = words;
  const book = useFieldbook();
  const said = useSaid();
  const told = useCallback(
    (way: 'undo' | 'redo', done: Result<Undone>) => {
      if (!done.ok) said(words.maybe(`error.${done.error.code}`) ?? done.error.words);
      else if (done.value.not_undone.length > 0) said(say('undo.part', { what: done.value.not_undone.join(', ') }));
      else said(say(`${way}.done`, { what: done.value.says }));
    },
    [said, say, words],
  );
  const back = useCallback(async (way: 'undo' | 'redo') => told(way, await book[way]()), [book, told]);
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const isShort = (event.ctrlKey || event.metaKey) && !event.altKey && !isWritten(event.target);
      const key = event.key.toLowerCase();
      if (!isShort || (key !== 'z' && key !== 'y')) return;
      event.preventDefault();
      void back(key === 'y' || event.shiftKey ? 'redo' : 'undo');
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, [back]);
  return (
    <>
      <Button className="fb-plain" aria-label={say('undo')} onPress={() => void back('undo')}>
        <Icon name="undo" />
      </Button>
      <Button className="fb-plain" aria-label={say('redo')} onPress={() => void back('redo')}>
        <Icon name="redo" />
      </Button>
    </>
  );
}

/** Whether the keyboard is for writing there: the browser undoes what was typed. */
function isWritten(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}
