// One of these runs in each tab. The one that holds the lock has the files and is the device; the others hand on what their tabs ask,
// and take over when it goes. Lock and files are of one worker, so that they end together.

import { Device, failure, isPanic } from './device.js';
import type { Engine } from './engine/engine.js';
import type { FieldAt, History, HistoryLine, RecordName, TimelineWish } from './device-types.js';
import { type Compiled, compile } from './network.js';
import { type Answer, type Between, type Call, type News, type Start, type TabState, UNSURE, isOnce } from './messages.js';
import type { Conditions, Failure, SignIn } from './types.js';

const me = crypto.randomUUID();
const scope = self as unknown as {
  postMessage(message: Answer | News): void;
  close(): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

scope.onmessage = (event: MessageEvent<Start>) => {
  const { start } = event.data;
  const compiled = compile(start.module);
  compiled.catch(() => undefined);
  const channel = new BroadcastChannel(`fieldbook ${start.app}`);
  const follower = new Follower(channel);
  scope.onmessage = (event: MessageEvent<Call>) => follower.ask(event.data);
  // Held as long as this worker lives: whoever leads sees by it that a tab has gone. Nobody hears of the tab before it is held, or the
  // leader would take it for one that has gone already, and watch nothing for it.
  void navigator.locks.request(tabLock(start.app, me), () => {
    channel.onmessage = (event: MessageEvent<Between>) => follower.hear(event.data);
    void navigator.locks.request(`fieldbook leads ${start.app}`, async () => {
      const leader = new Leader(start, channel, follower);
      await leader.open(compiled);
      return new Promise<never>(() => undefined);
    });
    channel.postMessage({ from: me, looks: true } satisfies Between);
    return new Promise<never>(() => undefined);
  });
};

function tabLock(app: string, tab: string): string {
  return `fieldbook tab ${app} ${tab}`;
}

/** Asks in the name of this worker's tab: the leader, who may be this worker itself. */
class Follower {
  private readonly waiting = new Map<number, { call: Call; sent: boolean }>();
  /** The queries that the tab watches: by the tab's name for each, its text. */
  private readonly watched = new Map<number, string>();
  private leader: Leader | undefined;
  private led = false;
  /** What opens the keys of a device that has a passphrase, as long as a worker of it lives: whoever takes over asks for it no more. */
  guard: string | null = null;
  private state: Call | undefined;

  constructor(private readonly channel: BroadcastChannel) {}

  ask(call: Call): void {
    if (call.op === 'watch') this.watched.set(call.args[0] as number, call.args[1] as string);
    if (call.op === 'unwatch') this.watched.delete(call.args[0] as number);
    if (call.op === 'tab') this.state = call;
    // Whoever asks so waits for no answer.
    if (call.op === 'unwatch' || call.op === 'tab' || call.id < 0) {
      if (this.leader || this.led) this.send(call);
      return;
    }
    const waits = { call, sent: false };
    this.waiting.set(call.id, waits);
    if (this.leader || this.led) {
      waits.sent = true;
      this.send(call);
    }
  }

  hear(said: Between): void {
    if ('leads' in said) this.follow();
    else if ('guard' in said) this.guard = said.guard;
    else if ('all' in said) scope.postMessage(said.all);
    else if ('to' in said && said.to === me) 'says' in said ? this.answer(said.says) : scope.postMessage(said.tells);
    else if ('from' in said) this.leader?.hear(said);
  }

  /** This worker leads from now on. */
  lead(leader: Leader): void {
    this.leader = leader;
    this.follow();
  }

  answer(answer: Answer): void {
    if (this.waiting.delete(answer.id)) scope.postMessage(answer);
  }

  private send(call: Call): void {
    if (this.leader) this.leader.asked(me, call);
    else this.channel.postMessage({ from: me, asks: call } satisfies Between);
  }

  /** A leader is there. What an earlier one was asked and did not answer is asked again where that does no harm. */
  private follow(): void {
    this.led = true;
    if (this.state) this.send(this.state);
    const asked = [...this.waiting.values()].filter(({ call }) => call.op === 'watch').map(({ call }) => call.args[0]);
    for (const [name, sql] of this.watched) {
      if (!asked.includes(name)) this.send({ id: -1, op: 'watch', args: [name, sql] });
    }
    for (const waits of this.waiting.values()) {
      if (waits.sent && isOnce(waits.call)) {
        this.answer({ id: waits.call.id, error: UNSURE });
      } else {
        waits.sent = true;
        this.send(waits.call);
      }
    }
  }
}

/** Has the device. */
class Leader {
  private readonly device: Device;
  /** Whose each watched query is: by the device's name for it, the tab and the tab's name for it. */
  private readonly queries = new Map<number, { tab: string; name: number }>();
  private readonly tabs = new Set<string>();

  constructor(
    private readonly start: Start['start'],
    private readonly channel: BroadcastChannel,
    private readonly follower: Follower,
  ) {
    this.device = new Device(start.app, start.server, start.vocabulary, {
      standing: (standing) => this.tellAll({ news: 'standing', standing }),
      status: (status) => this.tellAll({ news: 'status', status: { ...status, leads: false } }),
      result: (query, table) => {
        const whose = this.queries.get(query);
        if (whose) this.tell(whose.tab, { news: 'result', query: whose.name, table });
      },
      broken: (error) => this.broken(error),
      guard: (guard) => {
        this.follower.guard = guard;
        this.channel.postMessage({ guard } satisfies Between);
      },
      failed: (query, error) => {
        const whose = this.queries.get(query);
        this.queries.delete(query);
        if (whose) this.tell(whose.tab, { news: 'failed', query: whose.name, error });
      },
    });
  }

  /** The engine is in no state any more. What is on the disk is whole: this worker ends, with its lock, and another begins anew. */
  private broken(error: Failure): void {
    scope.postMessage({ news: 'broken', error });
    scope.close();
  }

  async open(compiled: Promise<Compiled>): Promise<void> {
    await this.device.open(compiled, this.follower.guard);
    this.channel.postMessage({ leads: me } satisfies Between);
    this.follower.lead(this);
  }

  /** What another worker says. */
  hear(said: { from: string } & ({ asks: Call } | { looks: true })): void {
    if ('asks' in said) {
      this.asked(said.from, said.asks);
      return;
    }
    this.channel.postMessage({ leads: me } satisfies Between);
    this.channel.postMessage({ guard: this.follower.guard } satisfies Between);
    this.tell(said.from, { news: 'standing', standing: this.device.now() });
    if (this.device.now().is === 'open') this.tell(said.from, { news: 'status', status: { ...this.device.status(), leads: false } });
  }

  /** A tab asks. */
  asked(tab: string, call: Call): void {
    this.meet(tab);
    void this.done(tab, call).then(
      (value) => this.answer(tab, { id: call.id, value }),
      (thrown: unknown) => {
        // Whoever asked for what broke the engine is answered, so that the next one is not asked the same.
        this.answer(tab, { id: call.id, error: failure(thrown) });
        if (isPanic(thrown)) this.broken(failure(thrown));
      },
    );
  }

  private async done(tab: string, { op, args }: Call): Promise<unknown> {
    switch (op) {
      case 'signIn':
        return this.device.signIn(args[0] as SignIn);
      case 'watch': {
        const [name, sql] = args as [number, string];
        this.queries.set(this.device.watch(sql), { tab, name });
        return null;
      }
      case 'tab':
        return this.device.seen(tab, args[0] as TabState);
      case 'unwatch': {
        for (const [query, whose] of this.queries) {
          if (whose.tab === tab && whose.name === args[0]) this.unwatch(query);
        }
        return null;
      }
      case 'unlock':
        return this.device.unlock(args[0] as string);
      case 'setPassphrase':
        return this.device.setPassphrase(args[0] as string);
      case 'changePassphrase':
        return this.device.changePassphrase(args[0] as string, args[1] as string);
      case 'removePassphrase':
        return this.device.removePassphrase(args[0] as string);
      case 'beginAnew':
        return this.device.beginAnew();
      case 'signOut':
        return this.device.signOut(args[0] === true);
      case 'ask':
        return this.device.askServer(args[0] as 'workspace' | 'account', args[1] as string, args[2]);
      case 'join':
        return this.device.askAsNobody('auth/join', args[0]);
      case 'reset':
        return this.device.askAsNobody('auth/reset', args[0]);
      case 'act':
        return this.device.write((engine) => engine.act(JSON.stringify(args[0])));
      case 'query':
        return this.json((engine) => engine.query(args[0] as string, (args[1] as number | null) ?? undefined));
      case 'undo':
        return this.device.write((engine) => engine.undo((args[0] as number | null) ?? undefined, args[1] === true));
      case 'redo':
        return this.device.write((engine) => engine.redo((args[0] as number | null) ?? undefined, args[1] === true));
      case 'undoStack':
        return this.json((engine) => engine.undo_stack(args[0] as number));
      case 'resolve':
        return this.device.write((engine) => engine.resolve(args[0] as string, JSON.stringify(args[1])));
      case 'discard':
        return this.device.write((engine) => engine.discard(args[0] as string));
      case 'retry': {
        const changes = args[1] === null ? undefined : JSON.stringify(args[1]);
        return this.device.write((engine) => engine.retry(args[0] as number, changes));
      }
      case 'log':
        return this.json((engine) => engine.log(args[0] as number));
      case 'conflicts':
        return this.json((engine) => engine.conflicts(args[0] === true));
      case 'alike':
        return this.json((engine) => engine.alike(args[0] as string));
      case 'history':
        return this.history(args[0] as RecordName | { op: string });
      case 'timeline':
        return this.device.timeline(args[0] as TimelineWish);
      case 'partSize':
        return this.device.partSize(args[0] as RecordName);
      case 'restore':
        return this.restore(args[0] as RecordName, args[1] as FieldAt | null);
      case 'label': {
        const { type, id } = args[0] as RecordName;
        return this.device.ask((engine) => engine.label(type, id));
      }
      case 'exportActions': {
        const seqs = args[0] as number[] | null;
        return this.device.ask((engine) => engine.export_actions(seqs ? Float64Array.from(seqs) : undefined));
      }
      case 'exportRecords':
        return this.device.ask((engine) => engine.export_records(args[0] === true));
      case 'parts':
        return this.json((engine) => engine.parts());
      case 'prune':
        return this.json((engine) => engine.prune(JSON.stringify(args[0])));
      case 'unprune':
        return this.device.ask((engine) => engine.unprune());
      case 'putBlob':
        return this.device.putBlob(args[0] as Uint8Array);
      case 'blob':
        return this.device.ask((engine) => engine.blob(args[0] as string));
      case 'blobs':
        return this.json((engine) => engine.blobs());
      case 'storage':
        return this.device.storage();
      case 'diagnostics':
        return this.json((engine) => engine.diagnostics(args[0] === true));
      case 'diagnosticsFile':
        return { name: fileName(), bytes: this.device.ask((engine) => engine.diagnostics_file(args[0] === true)) };
      case 'seen':
        return this.device.look(args[0] as RecordName, args[1] === true);
      case 'sendDiagnostics':
        return this.device.send(this.device.ask((engine) => engine.diagnostics_file(args[0] === true)));
      case 'load':
        return this.device.ask((engine) => engine.load(args[0] as string, args[1] as string, args[2] === true)) ?? null;
      case 'unload':
        return this.device.ask((engine) => engine.unload(args[0] as string, args[1] as string));
      case 'syncNow':
        return this.device.ask((engine) => engine.sync_now()) ?? null;
      case 'workOffline':
        return this.device.workOffline(args[0] === true);
      case 'surround':
        return this.device.surround(args[0] as Partial<Conditions>);
      case 'isLevel':
        return this.device.ask((engine) => engine.is_level());
      default:
        throw JSON.stringify({ code: 'wrong-call', words: `There is no call ${op}.` } satisfies Failure);
    }
  }

  private async history(of: RecordName | { op: string }): Promise<History> {
    const { reply, why } = await this.device.past('op' in of ? `op/${of.op}` : `${of.type}/${of.id}`);
    const lines = this.json((engine) => ('op' in of ? engine.history_of_op(of.op, reply) : engine.history(of.type, of.id, reply)));
    return { lines: lines as HistoryLine[], all: reply !== undefined, why };
  }

  private async restore({ type, id }: RecordName, at: FieldAt | null): Promise<unknown> {
    if (!at) return this.device.write((engine) => engine.restore(type, id));
    const { reply } = await this.device.past(`${type}/${id}`);
    return this.device.write((engine) => engine.restore_field(type, id, at.field, at.version, reply));
  }

  private json(work: (engine: Engine) => string): unknown {
    return JSON.parse(this.device.ask(work));
  }

  private unwatch(query: number): void {
    this.device.unwatch(query);
    this.queries.delete(query);
  }

  /** Learns of a tab, and forgets what it watches when it goes. */
  private meet(tab: string): void {
    if (this.tabs.has(tab) || tab === me) return;
    this.tabs.add(tab);
    void navigator.locks.request(tabLock(this.start.app, tab), () => {
      this.tabs.delete(tab);
      this.device.gone(tab);
      for (const [query, whose] of this.queries) {
        if (whose.tab === tab) this.unwatch(query);
      }
    });
  }

  private answer(tab: string, answer: Answer): void {
    if (answer.id < 0) return;
    if (tab === me) this.follower.answer(answer);
    else this.channel.postMessage({ to: tab, says: answer } satisfies Between);
  }

  private tell(tab: string, news: News): void {
    if (tab === me) scope.postMessage(news);
    else this.channel.postMessage({ to: tab, tells: news } satisfies Between);
  }

  private tellAll(news: News): void {
    scope.postMessage(news.news === 'status' ? { ...news, status: { ...news.status, leads: true } } : news);
    this.channel.postMessage({ all: news } satisfies Between);
  }
}

/** A name for a file of diagnostics that no other has. */
function fileName(): string {
  return `fieldbook-diagnostics-${new Date().toISOString().replace(/[^0-9a-zA-Z]/g, '')}.age`;
}
