// The words of the status. The engine says them in English, with numbers; each has its place in the catalogues.

import type { Status } from '@fieldbook/client';
import type { Words } from '../words/index.js';

/** Such as "Synced (Online)" or "Offline — 3 queued". */
export function statusWords({ status, beside, works_offline }: Pick<Status, 'status' | 'beside' | 'works_offline'>, words: Words): string {
  const head = told(status, words);
  if (works_offline) return `${head} (${words.say('word.by-choice')})`;
  return beside === null ? head : `${head} (${told(beside, words)})`;
}

function told(text: string, { maybe }: Words): string {
  return text
    .split(' — ')
    .map((part) => {
      const [, count, what] = /^(\d+) (\w+)$/.exec(part) ?? [];
      return maybe(`word.${what ?? part}`, count === undefined ? {} : { count: Number(count) }) ?? part;
    })
    .join(' — ');
}
