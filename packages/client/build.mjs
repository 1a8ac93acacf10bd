// Bundles the client: `node build.mjs [ENGINE_FOLDER]`. What the engine's folder holds is made by `cargo xtask web`.

import { build } from 'esbuild';
import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here('src/index.ts'), here('src/worker.ts'), here('src/online.ts')],
  outdir: here('dist'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
await copyFile(here('src/engine/engine_bg.wasm'), here('dist/engine.wasm'));
