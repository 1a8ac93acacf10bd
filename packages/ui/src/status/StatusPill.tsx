// How syncing stands, at all times, in the app's words; behind it, on hover, tap and focus, all that a person may want to know.

import { useFieldbook, useStatus } from '@fieldbook/react';
import type { ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, Popover, Tooltip, TooltipTrigger } from 'react-aria-components';
import { Icon } from '../parts/icons.js';
import { useWords } from '../words/index.js';
import { StatusDetails, useStatusLines } from './StatusDetails.js';
import { statusWords } from './status-words.js';

/** What stands beside the state takes a line of its own where both have no room in one. */
const BESIDE = / (?=\()/;

export function StatusPill(): ReactNode {
  const words = useWords();
  const status = useStatus();
  const book = useFieldbook();
  const lines = useStatusLines(status);
  if (!status) return null;
  const text = statusWords(status, words);
  return (
    <DialogTrigger>
      <TooltipTrigger delay={400}>
        <Button className="fb-status" data-colour={status.colour} data-status={status.status} aria-label={words.say('status.label', { status: text })}>
          <Icon name={status.icon} />
          <span className="fb-status-words">
            {text.split(BESIDE).map((part) => (
              <span key={part}>{part} </span>
            ))}
          </span>
        </Button>
        <Tooltip className="fb-tooltip" placement="bottom end">
          {lines.slice(0, 3).map(({ id, text }) => (
            <div key={id}>{text}</div>
          ))}
        </Tooltip>
      </TooltipTrigger>
      <Popover className="fb-popover" placement="bottom end">
        <Dialog aria-label={words.say('status.details')}>
          {({ close }) => <StatusDetails status={status} syncNow={() => void book.syncNow()} close={close} />}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
