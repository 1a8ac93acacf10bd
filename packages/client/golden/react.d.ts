export interface Asked<T> {
    value: T | undefined;
    error: Failure | undefined;
    again: () => void;
}

export interface BlobUrl {
    url: string | undefined;
    error: Failure | undefined;
}

export function FieldbookProvider<S extends AnySchema>({ book, children }: {
    book: Fieldbook<S>;
    children: ReactNode;
}): ReactNode;

export interface HappenedLast {
    entries: Timeline['entries'] | undefined;
    older: (() => void) | undefined;
    error: Failure | undefined;
}

export function OnlineProvider<S extends AnySchema>({ office, children }: {
    office: Online<S>;
    children: ReactNode;
}): ReactNode;

export interface Presence {
    people: Onlooker[] | undefined;
    at: number | undefined;
}

export type Row = {
    [column: string]: Json;
};

export interface Rows<R> {
    rows: R[] | undefined;
    error: Failure | undefined;
    cut: boolean;
}

export function useAsked<T>(ask: (book: Fieldbook) => Promise<Result<T>>, given?: readonly unknown[]): Asked<T>;

export function useBlob(sum: string | null | undefined, type?: string): BlobUrl;

export function useConflicts(all?: boolean): Asked<Conflict[]>;

export function useFieldbook<S extends AnySchema = Untyped>(): Fieldbook<S>;

export function useLog(max?: number): Asked<LogEntry[]>;

export function useOnline<S extends AnySchema = Untyped>(): Online<S>;

export function useOnlineStanding(): OnlineStanding | undefined;

export function usePartSize({ type, id, state }: Part, beneath: boolean): number | undefined;

export function usePresence(type: string, id: string | undefined): Presence;

export function useQuery<R = Row>(select: string | Select<R> | undefined): Rows<R>;

export function useReach(): Reach;

export function useRecords<S extends AnySchema, T extends keyof S['records'] & string>(type: T, wanted?: Wanted<S['records'][T]['row']>): Result<Records<S['records'][T]['row']>> | undefined;

export function useStanding(): Standing;

export function useStatus(): Status | undefined;

export function useTimeline(part?: RecordName): HappenedLast;
