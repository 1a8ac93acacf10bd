// What went wrong, and what to do about it.

import type { Failure } from '@fieldbook/client';
import type { ReactNode } from 'react';
import { useWords } from '../words/index.js';
import { Copy } from './Copy.js';
import { SendDiagnostics } from './SendDiagnostics.js';

/** An error with its words and its code. Said aloud when it comes. */
export function Failed({ error }: { error: Failure | undefined }): ReactNode {
  const { say, maybe } = useWords();
  if (!error) return null;
  const words = maybe(`error.${error.code}`) ?? error.words;
  return (
    <div className="fb-failed" role="alert">
      <p>{sentenceOf(words)}</p>
      <p className="fb-quiet">
        {say('failure.code', { code: error.code })} <Copy text={`${error.code}: ${error.words}`} label={say('failure.copy')} /> <SendDiagnostics />
      </p>
    </div>
  );
}

function sentenceOf(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
