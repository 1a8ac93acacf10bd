// An action as a sentence.

import type { Change } from '@fieldbook/client';
import type { Words } from '../words/index.js';
import { type Names, subject } from './index.js';

/** Says what an action did: in the app's words where it has some, else by its changes. */
export function sentence(
  { action, changes }: { action: string; changes: Change[] },
  words: Words,
  names: Names,
  label: (type: string, id: string) => string,
): string {
  const [head] = changes;
  if (!head) return names.action(action) ?? action;
  const { type, id } = subject(head);
  const own = words.maybe(`action.${action}`, { what: quoted(label(type, id)), count: changes.length });
  if (own !== undefined) return own;
  const first = capital(of(head, words, names, label));
  return changes.length === 1 ? first : words.say('log.did.several', { first, count: changes.length - 1 });
}

function of(change: Change, words: Words, names: Names, label: (type: string, id: string) => string): string {
  const { did, type, id, fields } = subject(change);
  const what = quoted(label(type, id));
  if (did !== 'update') return words.say(`log.did.${did}`, { type: names.type(type), what });
  const list = Object.keys(fields ?? {}).map((field) => names.field(type, field));
  const counted = 'add' in change && change.add !== undefined && change.set === undefined;
  return words.say(counted ? 'log.did.add' : 'log.did.update', { fields: list.join(', '), what });
}

function quoted(text: string): string {
  return `“${text}”`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
