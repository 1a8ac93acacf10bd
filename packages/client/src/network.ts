// The engine's calls, made. The only place that knows `fetch`.

import type { Call, Engine } from './engine/engine.js';

/** How long a connection may take to answer at all before it counts as none, in milliseconds. */
const ANSWER_MS = 30_000;
/** How long a large body may take to be sent and answered. */
const SENT_MS = 300_000;

export interface Answered {
  status: number;
  type: string | undefined;
  body: Uint8Array;
}

/** A call outside of the engine: without a body it is a GET, else a POST where it says nothing else. */
export interface Asked {
  body?: string | Uint8Array;
  token?: string;
  type?: string;
  method?: 'PUT';
}

/** What is asked for, as a URL has it; what is not said is left out. */
export function query(wish: { [name: string]: string | number | undefined }): string {
  const given = Object.entries(wish).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return new URLSearchParams(given).toString();
}

/** Makes a call outside of the engine, with a token or without. `undefined` where nobody answers. */
export async function ask(
  url: string,
  { body, token, type, method }: Asked = {},
): Promise<Answered | undefined> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = type ?? 'application/json';
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const within = AbortSignal.timeout(method === 'PUT' ? SENT_MS : ANSWER_MS);
  const asked: RequestInit = { method: method ?? (body === undefined ? 'GET' : 'POST'), headers, ...PLAIN, signal: within };
  if (body !== undefined) asked.body = body as BodyInit;
  try {
    const response = await fetch(url, asked);
    const type = response.headers.get('content-type') ?? undefined;
    return { status: response.status, type, body: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    return undefined;
  }
}

/** One event of a stream. With a `status` it is no event, but what the server says in the place of a stream; `event` is then its type. */
export interface Heard {
  event: string;
  data: string;
  status?: number;
}

/** Hears a stream of events, until it ends or `signal` ends it. Throws where the connection goes. */
export async function* listen(url: string, { body, token }: { body: string; token: string }, signal: AbortSignal): AsyncGenerator<Heard> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', headers, body, signal, ...PLAIN });
  const type = response.headers.get('content-type') ?? '';
  if (!response.body || response.status !== 200 || !type.startsWith('text/event-stream')) {
    yield { event: type, data: await response.text(), status: response.status };
    return;
  }
  const text = new TextDecoder();
  let rest = '';
  const reader = response.body.getReader();
  for (;;) {
    const piece = await reader.read();
    if (piece.done) return;
    const parts = (rest + text.decode(piece.value, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield event(part);
  }
}

function event(text: string): Heard {
  const lines = text.split('\n');
  const of = (name: string) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  return { event: of('event')[0] ?? '', data: of('data').join('\n') };
}

/** The engine's own module, or what comes of asking for it where that is not compiled as it comes. */
export type Compiled = WebAssembly.Module | Response;

/** Fetches the engine's own module, and compiles it as it comes. */
export async function compile(url: string): Promise<Compiled> {
  const response = await fetch(url, { credentials: 'same-origin' });
  // What is served as something else is compiled when all of it is here.
  return response.ok && response.headers.get('content-type') === 'application/wasm' ? WebAssembly.compileStreaming(response) : response;
}

/** Our server never redirects and sets no cookies, and nothing it says is to lie in a cache. */
const PLAIN = { cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' } as const;

/** The calls that are under way. */
export class Calls {
  private readonly running = new Map<number, AbortController>();

  /** Whether no call may leave. */
  isShut = false;

  /** `drive` runs one thing that the engine is told, and all that follows from it; `takenIn` waits until that is done. */
  constructor(
    private readonly server: string,
    private readonly drive: (work: (engine: Engine) => void) => void,
    private readonly takenIn: () => Promise<void> | undefined,
  ) {}

  /** Makes a call, or ends one. */
  order(call: Call, token: string): void {
    const { id, path, headers, body } = call;
    call.free();
    if (path === undefined) {
      this.running.get(id)?.abort();
      this.running.delete(id);
      return;
    }
    const ends = new AbortController();
    this.running.set(id, ends);
    const pairs = JSON.parse(headers ?? '[]') as [string, string][];
    void this.make(id, path, { headers: [...pairs, ['authorization', `Bearer ${token}`]], body, ends });
  }

  /** Lets no call leave any more, and ends those that are under way as a network would that goes. */
  shut(): void {
    this.isShut = true;
    for (const ends of this.running.values()) ends.abort();
  }

  /** Ends all. Nothing is told of them. */
  end(): void {
    for (const ends of this.running.values()) ends.abort();
    this.running.clear();
  }

  private async make(
    id: number,
    path: string,
    { headers, body, ends }: { headers: [string, string][]; body: string | undefined; ends: AbortController },
  ): Promise<void> {
    const told = (work: (engine: Engine) => void) => {
      if (this.running.get(id) === ends) this.drive(work);
    };
    let begun = false;
    try {
      const asked: RequestInit = { method: body === undefined ? 'GET' : 'POST', headers, signal: ends.signal, ...PLAIN };
      if (body !== undefined) asked.body = body;
      if (this.isShut) throw new Error('no call leaves');
      const response = await fetch(this.server + path, asked);
      begun = true;
      const line = (name: string) => response.headers.get(name) ?? undefined;
      const [type, retry, lease, range] = ['content-type', 'retry-after', 'fieldbook-lease', 'content-range'].map(line);
      told((engine) => engine.head(id, response.status, type, retry, lease, range));
      const reader = response.body?.getReader();
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) break;
        told((engine) => engine.bytes(id, piece.value));
        // Else a large answer would lie in memory while its beginning is taken in.
        await this.takenIn();
      }
      told((engine) => engine.end(id));
    } catch {
      told((engine) => engine.failed(id, begun));
    }
    if (this.running.get(id) === ends) this.running.delete(id);
  }
}
