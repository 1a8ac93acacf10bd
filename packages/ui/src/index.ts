// The screens and parts that every Fieldbook app shares.

export { FieldbookApp, type AppProps } from './frame/FieldbookApp.js';
export type { Screen } from './frame/Frame.js';
export { type Names, type Shows, useLabels, useNames } from './names/index.js';
export { sentence } from './names/sentence.js';
export type { Whereabouts } from './names/place.js';
export type { Digest } from './news/kept.js';
export type { Update } from './notices/Notices.js';
export { useSaid } from './notices/Said.js';
export { Copy } from './parts/Copy.js';
export { Empty } from './parts/Empty.js';
export { Failed } from './parts/Failed.js';
export { Icon, type IconName } from './parts/icons.js';
export { NeedsConnection } from './parts/NeedsConnection.js';
export { Sure } from './parts/Sure.js';
export { type AppWords, type Language, useLanguage, useNow, useWords, type Words } from './words/index.js';
