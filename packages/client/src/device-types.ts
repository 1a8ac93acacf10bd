// What a device says of a record's past, of its parts, of its room, and of itself.

import type { Failure, Json } from './types.js';

/** A record, by its type and id. */
export interface RecordName {
  type: string;
  id: string;
}

/** Somebody else who looks at a record, or did a short while ago. */
export interface Onlooker {
  user: string;
  name: string;
  /** When the server last heard so, by its clock. */
  last_seen: string;
  /** Whether that person looks at it still. */
  here: boolean;
}

/** What was done to a record, oldest first. */
export interface History {
  lines: HistoryLine[];
  /** Whether that is all: what the server knows. Else it is this device's own part, and `why` says why. */
  all: boolean;
  why: Failure | null;
}

/** One change of one record by one op. */
export interface HistoryLine {
  /** Its place in the order of all; none while the server has not ordered it. */
  version?: number;
  op_id: string;
  /** The op that let it happen, where it was held. */
  settled_by?: string;
  action: string;
  user: string;
  /** The user's name. */
  name: string;
  device: string;
  /** What the device's clock said, with milliseconds. */
  edited_at: string;
  /** When the server took it. */
  synced_at?: string;
  clock_ahead?: boolean;
  type: string;
  id: string;
  label?: string;
  verb: 'insert' | 'update' | 'delete' | 'restore';
  /** What became of making, deleting or bringing it back: see `docs/guide/wire.md`. */
  outcome?: string;
  other?: number;
  units: HistoryUnit[];
  /** The op as a sentence. */
  says: string;
}

/** One field of a change. */
export interface HistoryUnit {
  field: string;
  before: Json;
  after: Json;
  /** `applied`, `waiting`, or what else became of it. */
  outcome: string;
  other?: number;
}

/** What is asked for of what happened last. */
export interface TimelineWish {
  /** Only what happened in this part and in those within it. */
  part?: RecordName;
  /** Only what came behind this version. */
  after?: number;
  /** Only what came before this version. */
  before?: number;
  /** The action that makes it so many changes is the last one: 200 where nothing is said, 1,000 at most. */
  limit?: number;
}

/** What happened last, newest first. */
export interface Timeline {
  entries: TimelineEntry[];
  /** What is older comes with this as `before`; without it there is no more. */
  next?: number;
}

/** What one action did. */
export interface TimelineEntry {
  version: number;
  op_id: string;
  action: string;
  user: string;
  /** The user's name. */
  name: string;
  device: string;
  /** What the device's clock said, with milliseconds. */
  edited_at: string;
  /** When the server took it. */
  synced_at: string;
  /** The action as a sentence, in English. */
  says: string;
  changes: TimelineChange[];
}

/** What an action did to one record. */
export interface TimelineChange {
  verb: 'insert' | 'update' | 'delete' | 'restore';
  type: string;
  id: string;
  /** What a person knows the record by. */
  label: string;
  /** The part in which it lies by now, as `floor/0198c0de-…`; none of one that lies in none. */
  scope?: string;
  /** The fields that it wrote. */
  fields: string[];
}

/** The value that a version of the history wrote, or wanted to write. */
export interface FieldAt {
  field: string;
  version: number;
}

/** A part of the workspace: what a record opens, with what lies in it. */
export interface Part {
  /** As it is written: `floor/0198c0de-…`. */
  scope: string;
  type: string;
  id: string;
  /** What a person knows it by. */
  label: string;
  /** With the parts around it. */
  path: string;
  beneath: boolean;
  /** `offered`: its record is here, and what lies in it is not. */
  state: 'offered' | 'wanted' | 'ready' | 'loaded';
  since: string | null;
  /** On this device; of one that is not loaded the server alone knows. */
  records: number | null;
  bytes: number | null;
  /** The blobs that its records name: how many, how many of them are here, and the bytes of those. */
  blobs: { named: number; here: number; bytes: number } | null;
}

/** How much a part is. */
export interface PartSize {
  records: number;
  /** What they hold; on a device it is about twice that, with indexes. */
  bytes: number;
  /** The files that they name, and all of those together in bytes. */
  blobs: number;
  blob_bytes: number;
}

/** A blob that a record's field names. */
export interface NamedBlob {
  /** The SHA-256 of its bytes: what the field holds. */
  sum: string;
  type: string;
  id: string;
  field: string;
  /** In bytes, where it is known. */
  size?: number;
  /** Whether its bytes are on this device. */
  here: boolean;
  /**
   * Why they are not: they come with the next sync; they do not fit; the server has none of them for this person; or what came had
   * another sum and was thrown away.
   */
  why?: 'not-yet' | 'no-room' | 'not-on-server' | 'failed';
  /** Of one that did not fit: the bytes that were left, where that is known. */
  room?: number;
}

/** A blob that was brought. */
export interface PutBlob {
  sum: string;
  size: number;
}

/** What a person wants to take off the device: what is older than a day, a time or a number, as its type says. */
export interface Pruning {
  before: string;
  type?: string;
  /** Only in this part, and all beneath. */
  scope?: string;
  /** Only says what would go. */
  dryRun?: boolean;
}

/** What went, or would go. */
export interface Pruned {
  types: { type: string; records: number; bytes: number }[];
  records: number;
  bytes: number;
  /** Records that stay until the own ops on them are settled. */
  stay: number;
  dry_run: boolean;
  file_before?: number;
  file_after?: number;
}

/** What is left out by age. */
export interface LeftOut {
  type: string;
  before: Json;
  scope?: string;
  pruned: { [type: string]: number };
}

/** The room that the device takes, in bytes. */
export interface Storage {
  /** The database. */
  database: number;
  /** What it would give back if it were written anew. */
  free: number;
  /** All that this origin has, and may have, as the browser says; nothing where it does not say. */
  used: number | null;
  quota: number | null;
  /** What is left. */
  room: number | null;
  /** Whether the browser has promised to keep it. While it is no, a person ought to know. */
  persistent: boolean;
  left_out: LeftOut[];
}

/** What is in diagnostics. */
export interface Diagnostics {
  /** Part for part, as `docs/guide/diagnostics.md` lists them. */
  parts: { [part: string]: Json }[];
  sums: { part: string; lines: number; bytes: number }[];
  with_payloads: boolean;
  /** Who opens the file; nobody where the server has not said, and then there is no file. */
  recipient: string | null;
}

/** A file of diagnostics, encrypted to whoever helps. */
export interface DiagnosticsFile {
  name: string;
  bytes: Uint8Array;
}

/** What a sign-out came to. */
export interface SignedOut {
  /** Actions that wait here for the next sign-in. */
  unsent: number;
}

/** An action that was done in place of one that was refused. */
export interface Retried {
  seq: number;
  op_id: string;
}

/** An op that can be undone, or done again. */
export interface UndoEntry {
  seq: number;
  type: string;
  /** The op as a sentence. */
  says: string;
  created_at: string;
}
