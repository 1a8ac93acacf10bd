// How the device stands, what it did, and what waits for a person.

import type { Conflict, LogEntry, Standing, Status } from '@fieldbook/client';
import { useEffect, useState } from 'react';
import { type Asked, useAsked } from './asked.js';
import { useFieldbook } from './context.js';

/** Whether the device is there: opening, new, locked by its passphrase, open, wiped, or closed with the reason. */
export function useStanding(): Standing {
  const book = useFieldbook();
  const [standing, setStanding] = useState<Standing>({ is: 'opening' });
  useEffect(() => book.standing(setStanding), [book]);
  return standing;
}

/** How syncing stands; nothing until somebody has signed in. */
export function useStatus(): Status | undefined {
  const book = useFieldbook();
  const [status, setStatus] = useState<Status>();
  useEffect(() => book.status(setStatus), [book]);
  return status;
}

/** The log of this device, newest first. */
export function useLog(max = 50): Asked<LogEntry[]> {
  return useAsked((book) => book.log(max), [max]);
}

/** The conflicts that wait for a decision, or all of them. */
export function useConflicts(all = false): Asked<Conflict[]> {
  return useAsked((book) => book.conflicts(all), [all]);
}
