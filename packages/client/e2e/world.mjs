// What the tests stand on: the real server with a workspace and two people, a proxy before it that can fail, a page, and Chromium with
// a profile for each person.

import { spawn, execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const FIELDBOOK = process.env.FIELDBOOK ?? 'fieldbook';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const PASSWORD = 'the lamp in the old boiler house';

const SCHEMA = `schema = "list"
version = 1
[type.item]
label = "title"
[type.item.field]
title = { kind = "text", max = 200, required = true, merge = "manual" }
done  = { kind = "boolean" }
count = { kind = "integer", merge = "delta" }

[type.floor]
label = "name"
scope = true
[type.floor.field]
name = { kind = "text", max = 80, required = true }
[type.asset]
label = "name"
in = "floor"
[type.asset.field]
name  = { kind = "text", max = 80, required = true }
floor = { kind = "ref", to = "floor", required = true }

[type.reading]
prune = "taken"
[type.reading.field]
taken = { kind = "date", required = true, fixed = true }
value = { kind = "integer" }

[type.receipt]
insert-only = true
[type.receipt.field]
number = { kind = "text", series = true }
total  = { kind = "integer" }

[type.badge]
label = "number"
unique = ["number"]
[type.badge.field]
number = { kind = "text", max = 20, required = true }
`;

const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };

/** How a server hands an app's files out, whose names change with what is in them (`crates/server/src/apps.rs`). */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** Where what is asked for lies, by how its name begins. */
const FOLDERS = [['page', here('./')], ['bare_', process.env.BARE], ['bare', here('../bench/')], ['', here('../dist/')]];

/** A port that answers with the built client and a page for it. */
async function pages() {
  const server = createServer(async (asked, answer) => {
    const name = new URL(asked.url, 'http://here').pathname.slice(1) || 'page.html';
    if (name === 'blank') {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>nothing</title>');
      return;
    }
    try {
      const folder = FOLDERS.find(([start]) => name.startsWith(start))[1];
      const bytes = await readFile(join(folder, name));
      answer.writeHead(200, { 'content-type': TYPES[name.split('.').pop()] ?? 'text/plain', 'cache-control': name.startsWith('page') ? 'no-store' : FOR_GOOD });
      answer.end(bytes);
    } catch {
      answer.writeHead(404).end();
    }
  });
  return listening(server);
}

/** A proxy that stands between a page and the server: `way` says how it does that today. */
async function proxy(target) {
  const state = { way: 'open', sockets: new Set(), left: {}, calls: 0 };
  /** Ends a connection in the middle of what it brings. */
  const counted = (stream, leg, socket) =>
    stream.on('data', (piece) => {
      if (state.left[leg] === undefined || (state.left[leg] -= piece.length) > 0) return;
      delete state.left[leg];
      socket.destroy();
    });
  const server = createServer((asked, answer) => {
    if (asked.url.startsWith('/v2/')) state.calls++;
    if (state.way === 'blackhole') return;
    if (state.way === 'mute' && asked.url === '/v2/auth/wiped') {
      asked.socket.destroy();
      return;
    }
    if (state.way === 'portal') {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the hotel</html>');
      return;
    }
    const { hostname, port } = new URL(target);
    const on = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      counted(came, 'down', asked.socket);
      came.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    answer.on('close', () => on.destroy());
    counted(asked, 'up', asked.socket);
    asked.pipe(on);
  });
  server.on('connection', (socket) => {
    if (state.way === 'refuse') socket.destroy();
    state.sockets.add(socket);
    socket.on('close', () => state.sockets.delete(socket));
  });
  const { url, close } = await listening(server);
  /** `open`, `refuse` (nobody there), `blackhole` (no answer ever), `portal` (somebody else answers),
   *  `mute` (the word of a device that it was wiped is lost). */
  const turn = (way) => {
    state.way = way;
    for (const socket of state.sockets) socket.destroy();
  };
  /** From now on nothing that is asked is answered; what is open stays open, so that nobody is told. */
  const stall = () => {
    state.way = 'blackhole';
  };
  /** Ends the connection that brings the so many next bytes, `up` or `down`, once. */
  const cut = (leg, bytes) => {
    state.left = { ...state.left, [leg]: bytes };
  };
  return { url, close, turn, stall, cut, isCut: (leg) => state.left[leg] === undefined, calls: () => state.calls };
}

function listening(server) {
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const close = () => new Promise((closed) => {
        server.closeAllConnections();
        server.close(closed);
      });
      done({ url: `http://127.0.0.1:${server.address().port}`, close });
    });
  });
}

/** Starts all of it. `serve` are more words for the server, `program` what serves. */
export async function world({ schema: text = SCHEMA, serve = [], roles = {}, more = [], program = FIELDBOOK } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fieldbook-web-'));
  const data = join(folder, 'server');
  const schema = join(folder, 'list.toml');
  await writeFile(schema, text);
  const admin = (...args) => run(FIELDBOOK, ['admin', ...args, '--data', data]);
  await admin('workspace', 'add', 'home', '--schema', schema);
  for (const user of ['ann', 'ben']) {
    const adding = admin('user', 'add', user, '--workspace', 'home', '--password-stdin', '--role', roles[user] ?? 'member');
    adding.child.stdin.end(`${PASSWORD}\n`);
    await adding;
  }
  // Further workspaces, of ann alone.
  for (const name of more) {
    await admin('workspace', 'add', name, '--schema', schema);
    const adding = admin('user', 'add', 'ann', '--workspace', name, '--password-stdin');
    adding.child.stdin.end(`${PASSWORD}\n`);
    await adding;
  }
  const page = await pages();
  const start = async (listen) => {
    const server = spawn(program, ['serve', '--data', data, '--listen', listen, '--allow-origin', page.url, ...serve], { stdio: ['ignore', 'pipe', 'pipe'] });
    const address = await new Promise((done, failed) => {
      let said = '';
      const look = (bytes) => {
        said += bytes;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
        if (found) done(found[0]);
      };
      server.stdout.on('data', look);
      server.stderr.on('data', look);
      server.on('exit', () => failed(new Error(`the server ended: ${said}`)));
    });
    return { server, address };
  };
  const stop = async () => {
    server.kill('SIGTERM');
    await new Promise((done) => server.on('exit', done));
  };
  let { server, address } = await start('127.0.0.1:0');
  const way = await proxy(address);
  const contexts = [];
  const people = {
    folder,
    /** The server's data. */
    data,
    /** Whoever runs the server. */
    admin,
    address,
    page: page.url,
    way,
    /** Where a browser keeps what it keeps. */
    profile: (name) => join(folder, `profile-${name}`),
    /** A browser of its own, with a profile that stays. */
    async browser(name, options = {}) {
      const context = await chromium.launchPersistentContext(people.profile(name), { executablePath: CHROMIUM, headless: true, args: FLAGS, ...options });
      contexts.push(context);
      return context;
    },
    /** Kills a browser, every process of it at once. */
    async kill(name) {
      await run('pkill', ['-9', '-f', people.profile(name)]).catch(() => undefined);
    },
    /** What the command says that runs on a device of its own, signed in as a person. */
    async native(user) {
      const home = ['--home', join(folder, `home-${user}`)];
      const signing = run(FIELDBOOK, ['device', 'sign-in', '--server', address, '--workspace', 'home', '--user', user, '--keys', 'file', '--password-stdin', ...home]);
      signing.child.stdin.end(`${PASSWORD}\n`);
      await signing;
      await run(FIELDBOOK, ['sync', '--wait', ...home]);
      const fieldbook = (...words) => run(FIELDBOOK, [...words, ...home]);
      return {
        query: async (sql) => (await fieldbook('query', sql, '--json')).stdout.trim().split('\n').map((line) => JSON.parse(line)),
        /** Brings a part of the workspace here, with all that lies in it. */
        async load(part) {
          await fieldbook('load', part, '--beneath');
          await fieldbook('sync', '--wait');
        },
        /** Brings a file, for records to name. */
        bring: (path) => fieldbook('blob', 'put', path),
        /** Does what is said of each action, and sends it. */
        async act(actions) {
          const acting = fieldbook('act', '-');
          acting.child.stdin.end(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
          await acting;
          await fieldbook('sync', '--wait');
        },
      };
    },
    /** Stops the server and starts it again at the same place. */
    async restart() {
      await stop();
      ({ server } = await start(new URL(address).host));
    },
    async end() {
      for (const context of contexts) await context.close().catch(() => undefined);
      await stop();
      await way.close();
      await page.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return people;
}

/** A tab with the client in it. In the page it is `window.book`. */
export async function tab(context, { page, way }) {
  const opened = await context.newPage();
  opened.on('pageerror', (error) => console.error('page:', error.message));
  opened.on('console', (said) => said.type() === 'error' && !said.text().includes('net::') && console.error('console:', said.text()));
  await opened.goto(`${page}/?server=${encodeURIComponent(way.url)}`);
  await opened.waitForFunction(() => window.stands && window.stands !== 'opening');
  return opened;
}

/** All files of a folder, with their bytes. */
export async function files(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })));
}

/** Whether bytes hold a text, as UTF-8 or as a browser writes it beside. */
export function holds(bytes, text) {
  return bytes.includes(Buffer.from(text)) || bytes.includes(Buffer.from(text, 'utf16le'));
}

/** Signs a person in. */
export async function signIn(page, user) {
  const said = await page.evaluate(
    (wanted) => window.book.signIn(wanted),
    { workspace: 'home', user, password: PASSWORD, device_name: `${user}'s browser` },
  );
  if (!said.ok) throw new Error(JSON.stringify(said.error));
  return said.value;
}

/** Acts, and gives what is said. */
export function act(page, changes) {
  return page.evaluate((changes) => window.book.act({ changes }), changes);
}

/** The rows of a query. */
export async function rows(page, sql) {
  const said = await page.evaluate((sql) => window.book.query(sql), sql);
  if (!said.ok) throw new Error(JSON.stringify(said.error));
  return said.value.rows;
}

/** Waits until a query gives something. */
export async function shows(page, sql, wanted, within = 15_000) {
  const end = Date.now() + within;
  for (;;) {
    const found = JSON.stringify(await rows(page, sql));
    if (found === JSON.stringify(wanted)) return;
    if (Date.now() > end) throw new Error(`${sql}: ${found}, and not ${JSON.stringify(wanted)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Waits until everything is sent and here. */
export async function level(page, within = 20_000) {
  const end = Date.now() + within;
  for (;;) {
    const said = await page.evaluate(() => window.book.isLevel());
    if (said.ok && said.value) return;
    if (Date.now() > end) throw new Error(`not level: ${JSON.stringify(await page.evaluate(() => window.last))}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** What is kept in IndexedDB, from a page without a worker. */
export async function kept(context, here) {
  const blank = await context.newPage();
  await blank.goto(`${here.page}/blank`);
  const found = await blank.evaluate(
    () =>
      new Promise((done, failed) => {
        const asked = indexedDB.open('fieldbook test', 1);
        asked.onerror = () => failed(asked.error);
        asked.onsuccess = () => {
          const request = asked.result.transaction('keys').objectStore('keys').get('device');
          request.onsuccess = () => done(request.result ?? null);
        };
      }),
  );
  await blank.close();
  return found;
}

/** The files of the database, from a page without a worker: read, or put back. */
export async function pool(context, here, back) {
  const blank = await context.newPage();
  await blank.goto(`${here.page}/blank`);
  const told = await blank.evaluate(async (back) => {
    const told = {};
    const walk = async (folder, path) => {
      for await (const [name, handle] of folder.entries()) {
        const at = `${path}/${name}`;
        if (handle.kind === 'directory') {
          await walk(handle, at);
        } else if (back === null) {
          const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
          let text = '';
          for (const byte of bytes) text += String.fromCharCode(byte);
          told[at] = btoa(text);
        } else {
          const text = back[at] === undefined ? '' : atob(back[at]);
          const writable = await handle.createWritable();
          await writable.write(Uint8Array.from(text, (sign) => sign.charCodeAt(0)));
          await writable.close();
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return told;
  }, back ?? null);
  await blank.close();
  return told;
}
