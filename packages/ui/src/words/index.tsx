// What the screens say, in the person's language. An app adds its own words, in the same languages, or the build fails.

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { IntlProvider, useIntl } from 'react-intl';
import { de } from './de.js';
import { en, type WordId } from './en.js';
import { errorsDe } from './errors-de.js';

/** The languages that there are. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

/** An app's own words, by language and by name. */
export type AppWords = { [language in Language]: { [name: string]: string } };

const SHARED: { [language in Language]: { [name: string]: string } } = { en, de: { ...errorsDe, ...de } };
const KEY = 'fieldbook.language';
const Chosen = createContext<{ language: Language; choose: (language: Language) => void }>({ language: 'en', choose: () => undefined });

function first(): Language {
  const kept = localStorage.getItem(KEY);
  const wanted = kept ?? navigator.language.slice(0, 2);
  return wanted in LANGUAGES ? (wanted as Language) : 'en';
}

/** Gives words to all that lies within. */
export function WordsProvider({ words, children }: { words?: AppWords | undefined; children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState(first);
  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(KEY, chosen);
    setLanguage(chosen);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const messages = useMemo(() => ({ ...SHARED[language], ...words?.[language] }), [language, words]);
  const chosen = useMemo(() => ({ language, choose }), [language, choose]);
  return (
    <Chosen.Provider value={chosen}>
      <IntlProvider locale={language} messages={messages} onError={report}>
        {children}
      </IntlProvider>
    </Chosen.Provider>
  );
}

/** A word that is missing is a mistake in the program; the screen goes on. */
function report(error: Error): void {
  console.error(error.message);
}

/** Which language is spoken, and how to choose another. */
export function useLanguage(): { language: Language; choose: (language: Language) => void } {
  return useContext(Chosen);
}

type Values = { [name: string]: string | number };

export interface Words {
  /** Says something of the shared catalogue, or of the app's. */
  say: (id: WordId | (string & {}), values?: Values) => string;
  /** The same where it is there. */
  maybe: (id: string, values?: Values) => string | undefined;
  /** A day and a time of day, exactly. */
  time: (at: string | number | Date) => string;
  /** A time of day; with the day where that is not today. */
  clock: (at: string | number | Date) => string;
  /** How long ago it was, or in how long it will be. */
  ago: (at: string | number | Date, now?: number) => string;
  /** A day of the calendar, such as 2026-05-19. */
  day: (at: string) => string;
  /** An exact number with so many places, as money where a currency is named. */
  number: (value: string | number, places: number, currency?: string) => string;
  /** A number of bytes. */
  size: (bytes: number) => string;
}

/** The words of this language. */
export function useWords(): Words {
  const intl = useIntl();
  return useMemo(() => {
    const say: Words['say'] = (id, values) => intl.formatMessage({ id }, values);
    return {
      say,
      maybe: (id, values) => (id in intl.messages ? say(id, values) : undefined),
      time: (at) => intl.formatDate(at, { dateStyle: 'medium', timeStyle: 'medium' }),
      clock: (at) => {
        const isToday = new Date(at).toDateString() === new Date().toDateString();
        return intl.formatDate(at, isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
      },
      ago: (at, now = Date.now()) => {
        const seconds = Math.round((new Date(at).getTime() - now) / 1000);
        const far = Math.abs(seconds);
        if (far < 5) return say('time.now');
        if (far < 60) return intl.formatRelativeTime(seconds, 'second');
        if (far < 3600) return intl.formatRelativeTime(Math.round(seconds / 60), 'minute');
        if (far < 86_400) return intl.formatRelativeTime(Math.round(seconds / 3600), 'hour');
        return intl.formatRelativeTime(Math.round(seconds / 86_400), 'day');
      },
      day: (at) => intl.formatDate(`${at}T00:00:00Z`, { dateStyle: 'medium', timeZone: 'UTC' }),
      number: (value, places, currency) => {
        const style = currency === undefined ? {} : ({ style: 'currency', currency } as const);
        // As text it keeps all of its digits: a browser reads them exactly.
        return intl.formatNumber(value as number, { ...style, minimumFractionDigits: places, maximumFractionDigits: places });
      },
      size: (bytes) => {
        const [unit, of] = bytes < 1e6 ? (['kilobyte', 1e3] as const) : bytes < 1e9 ? (['megabyte', 1e6] as const) : (['gigabyte', 1e9] as const);
        return intl.formatNumber(bytes / of, { style: 'unit', unit, maximumFractionDigits: bytes < 1e6 ? 0 : 1 });
      },
    };
  }, [intl]);
}

/** The time, looked at again every so often. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
