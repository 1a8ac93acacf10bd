// What the packages promise whoever writes an app: what their entries export, with all that stands in it, without comments and without what
// is private. The `.d.ts` files beside this have it. They change deliberately: `node packages/client/golden/promised.mjs --write`, with a line in
// the changelog.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const told = (path) => here(join('../../../target/web/promised', path));

/** The entries, by the names of their golden files. */
const ENTRIES = { client: 'client/src/index.d.ts', online: 'client/src/online.d.ts', react: 'react/src/index.d.ts' };

/** What each entry promises, as text, beside what its golden file has. */
export function promised() {
  execFileSync('npx', ['--no-install', 'tsc', '-p', here('.')], { cwd: here('../../..'), stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.entries(ENTRIES).map(([name, entry]) => {
    const path = here(`${name}.d.ts`);
    return { name, path, is: of(entry), was: () => readFileSync(path, 'utf8') };
  });
}

/** What an entry exports, and what stands in that and is no export. */
function of(entry) {
  const exports = exported(entry);
  const found = new Map(exports.map((it) => [key(it), it]));
  for (const { file, name } of found.values()) {
    const { declared, meant } = read(file);
    for (const word of new Set(declared.get(name).match(/[A-Za-z_$][\w$]*/g))) {
      const it = declared.has(word) ? { file, name: word } : meant(word);
      if (it && !found.has(key(it))) found.set(key(it), it);
    }
  }
  const isExport = new Set(exports.map(key));
  const text = (it) => `${isExport.has(key(it)) ? 'export ' : ''}${read(it.file).declared.get(it.name)}`;
  const all = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return `${all.map(text).join('\n\n')}\n`;
}

const key = ({ file, name }) => `${file} ${name}`;

/** What a file exports, each with the file that declares it. */
function exported(file) {
  const { own, given, whole, meant, declared } = read(file);
  const named = given.map(({ from, name }) => (from ? find(from, name) : declared.has(name) ? { file, name } : meant(name)));
  return [...own.map((name) => ({ file, name })), ...named, ...whole.flatMap(exported)];
}

/** Where a name is declared that a file exports. */
function find(file, name) {
  const found = exported(file).find((it) => it.name === name);
  if (!found) throw new Error(`${file} does not export ${name}`);
  return found;
}

const files = new Map();

/** A file's declarations by name, what it exports, and where the names come from that it imports. */
function read(file) {
  if (!files.has(file)) files.set(file, parsed(file));
  return files.get(file);
}

function parsed(file) {
  const [declared, imports, own, given, whole] = [new Map(), new Map(), [], [], []];
  const beside = (from) => join(dirname(file), from.replace(/\.js$/, '.d.ts'));
  const names = (list) => list.split(',').map((name) => name.trim().replace(/^type /, '')).filter(Boolean);
  for (const statement of statements(readFileSync(told(file), 'utf8'))) {
    const from = / from '([^']+)';$/.exec(statement)?.[1];
    const list = /^(import|export)( type)? \{([^}]*)\}/.exec(statement);
    if (from && !from.startsWith('.')) continue;
    if (/^export( type)? \* from/.test(statement)) whole.push(beside(from));
    else if (list?.[1] === 'import') for (const name of names(list[3])) imports.set(name, beside(from));
    else if (list) for (const name of names(list[3])) given.push({ from: from && beside(from), name });
    else {
      const said = /^(export )?(?:declare )?(?:abstract )?((?:class|interface|type|function|const|enum) ([\w$]+)[\s\S]*)$/.exec(statement);
      if (!said) continue;
      if (said[1]) own.push(said[3]);
      declared.set(said[3], withoutPrivate(said[2]));
    }
  }
  // Where it is declared is looked for when it is asked for: files may import each other.
  const meant = (name) => imports.has(name) && find(imports.get(name), name);
  return { declared, meant, own, given, whole };
}

/** A file's statements: each begins where a line does. */
function statements(text) {
  return text.split(/\n(?=[^\s}])/).map((statement) => statement.trimEnd());
}

/** A class without what nobody outside of it sees. */
function withoutPrivate(statement) {
  if (!/^class [\s\S]*\n\}$/.test(statement)) return statement;
  const parts = statement.slice(0, -2).split(/\n(?= {4}[^\s}])/);
  return `${parts.filter((part) => !/^ {4}(private |#)/.test(part)).join('\n')}\n}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, is, was } of promised()) {
    if (process.argv.includes('--write')) writeFileSync(path, is);
    else if (was() !== is) console.log(`${path} is no longer what the package promises`);
  }
}
