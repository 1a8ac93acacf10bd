// Hooks over a device. A component says what it shows; when that is another, it is drawn anew, with the network or without.

export { FieldbookProvider, useFieldbook } from './context.js';
export { useBlob, type BlobUrl } from './blob.js';
export { useAsked, type Asked } from './asked.js';
export { usePresence, type Presence } from './presence.js';
export { useQuery, type Row, type Rows } from './query.js';
export { useConflicts, useLog, useStanding, useStatus } from './device.js';
export { useTimeline, type HappenedLast } from './timeline.js';
export { OnlineProvider, useOnline, useOnlineStanding, useReach, useRecords } from './online.js';
export { usePartSize } from './size.js';
