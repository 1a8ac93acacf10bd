// What this app says beside what the shared screens say.

import type { AppWords } from '@fieldbook/ui';
import { de } from './de.js';
import { en } from './en.js';

export const words: AppWords = { en, de };
