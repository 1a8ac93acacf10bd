// A PostgreSQL cluster for one run, on a free port of the loopback, with fsync and else as it comes.
// As root it runs as the system user "postgres". PG_BIN names the folder of its programs.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { freePort, sleep, onExit } from './lib.mjs';

const debian = '/usr/lib/postgresql'; // where Debian keeps the programs of each version
const versions = fs.existsSync(debian) ? fs.readdirSync(debian).sort((a, b) => b - a).map((v) => path.join(debian, v, 'bin')) : [];
const prog = (n) => {
  for (const d of [process.env.PG_BIN, ...versions, ...process.env.PATH.split(':')].filter(Boolean)) {
    if (fs.existsSync(path.join(d, n))) return path.join(d, n);
  }
  throw new Error(n + ' is not there: install PostgreSQL 15 or later, or name the folder of its programs in PG_BIN');
};

export async function startPg({ dir, settings = {} }) {
  const ids = process.getuid() === 0
    ? { uid: Number(execFileSync('id', ['-u', 'postgres'])), gid: Number(execFileSync('id', ['-g', 'postgres'])) } : {};
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { recursive: true });
  if (ids.uid) fs.chownSync(dir, ids.uid, ids.gid);
  execFileSync(prog('initdb'), ['-D', dir + '/data', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale'], { ...ids, cwd: dir, stdio: 'ignore' });
  const port = await freePort();
  const set = { listen_addresses: '127.0.0.1', port, unix_socket_directories: dir, wal_level: 'logical', max_wal_size: '2GB', max_connections: 200, ...settings };
  const p = spawn(prog('postgres'), ['-D', dir + '/data', ...Object.entries(set).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    { ...ids, cwd: dir, stdio: ['ignore', fs.openSync(dir + '/log', 'a'), fs.openSync(dir + '/log', 'a')] });
  onExit(p);
  const url = (db = 'postgres') => `postgres://postgres:any@127.0.0.1:${port}/${db}`;
  for (let i = 0; ; i++) {
    try { execFileSync(prog('psql'), ['-h', dir, '-p', String(port), '-U', 'postgres', '-c', 'select 1'], { stdio: 'ignore' }); break; }
    catch (e) { if (i > 150) throw e; await sleep(100); }
  }
  return { pid: p.pid, port, dir, url, async stop() { const x = new Promise((r) => p.on('exit', r)); p.kill('SIGINT'); await x; } };
}
