// The engine's calls, made. The only place that knows `fetch`.

import type { Call, Engine } from './engine/engine.js';

/** How long a connection may take to answer at all before it counts as none, in milliseconds. */
const ANSWER_MS = 30_000;

export interface Answered {
  status: number;
  type: string | undefined;
  body: Uint8Array;
}

/** Makes a call outside of the engine, with a token or without; a call without a body is a GET. `undefined` where nobody answers. */
export async function ask(
  url: string,
  { body, token, type }: { body?: string | Uint8Array; token?: string; type?: string } = {},
): Promise<Answered | undefined> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = type ?? 'application/json';
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const asked: RequestInit = { method: body === undefined ? 'GET' : 'POST', headers, ...PLAIN, signal: AbortSignal.timeout(ANSWER_MS) };
  if (body !== undefined) asked.body = body as BodyInit;
  try {
    const response = await fetch(url, asked);
    const type = response.headers.get('content-type') ?? undefined;
    return { status: response.status, type, body: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    return undefined;
  }
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

  /** `drive` runs one thing that the engine is told, and all that follows from it. */
  constructor(
    private readonly server: string,
    private readonly drive: (work: (engine: Engine) => void) => void,
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
      const response = await fetch(this.server + path, asked);
      begun = true;
      const line = (name: string) => response.headers.get(name) ?? undefined;
      told((engine) => engine.head(id, response.status, line('content-type'), line('retry-after'), line('fieldbook-lease')));
      const reader = response.body?.getReader();
      for (;;) {
        const piece = await reader?.read();
        if (!piece || piece.done) break;
        told((engine) => engine.bytes(id, piece.value));
      }
      told((engine) => engine.end(id));
    } catch {
      told((engine) => engine.failed(id, begun));
    }
    if (this.running.get(id) === ends) this.running.delete(id);
  }
}
