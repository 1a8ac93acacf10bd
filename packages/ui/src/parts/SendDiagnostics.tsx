// What the engine knows of itself goes to whoever runs the server, encrypted to them alone; where it cannot go, it becomes a file to hand over.

import type { Failure } from '@fieldbook/client';
import { useFieldbook, useStanding } from '@fieldbook/react';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { useWords } from '../words/index.js';
import { Copy } from './Copy.js';
import { save } from './save.js';

type Went = { is: 'sending' } | { is: 'sent' | 'saved'; name: string } | { is: 'failed'; error: Failure };

/** A button that sends diagnostics, and says what came of it. Nothing where no device is open that could tell anything. */
export function SendDiagnostics({ className = 'fb-link' }: { className?: string }): ReactNode {
  const { say, maybe } = useWords();
  const book = useFieldbook();
  const standing = useStanding();
  const [went, setWent] = useState<Went>();
  if (standing.is !== 'open') return null;
  const send = async () => {
    setWent({ is: 'sending' });
    const done = await book.sendDiagnostics();
    setWent(done.ok ? { is: 'sent', name: done.value.name } : { is: 'failed', error: done.error });
  };
  const keep = async () => {
    const made = await book.diagnosticsFile();
    if (made.ok) save(made.value.name, made.value.bytes as BlobPart, 'application/octet-stream');
    setWent(made.ok ? { is: 'saved', name: made.value.name } : { is: 'failed', error: made.error });
  };
  switch (went?.is) {
    case 'sent':
      return (
        <span role="status">
          {say('diagnose.sent', { name: went.name })} <Copy text={went.name} />
        </span>
      );
    case 'saved':
      return <span role="status">{say('diagnose.saved', { name: went.name })}</span>;
    case 'failed':
      return (
        <span role="status">
          {say('diagnose.notSent', { why: maybe(`error.${went.error.code}`) ?? went.error.words })}{' '}
          <Button className={className} onPress={() => void keep()}>
            {say('diagnose.save')}
          </Button>
        </span>
      );
    default:
      return (
        <Button className={className} isDisabled={went !== undefined} onPress={() => void send()}>
          {say(went ? 'diagnose.sending' : 'diagnose.send')}
        </Button>
      );
  }
}
