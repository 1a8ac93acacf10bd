// What Site is promised to do in time, measured in Chromium with the real server: `cargo xtask bench site` builds all of it and plays this.

import { measured } from './measured.mjs';

console.log(`${''.padEnd(62)} ${'measured'.padStart(10)} ${'limit'.padStart(10)}   of the limit`);
for (const { says, value, limit } of await measured({ opens: 12, changes: 100 })) {
  console.log(`${says.padEnd(62)} ${`${value.toFixed(1)} ms`.padStart(10)} ${`${limit} ms`.padStart(10)}   ${(value / limit).toFixed(2)}`);
}
