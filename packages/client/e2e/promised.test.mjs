// The types that apps are written against are a promise: nothing goes from them, and nothing comes, that nobody meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promised } from '../golden/promised.mjs';

const packages = promised();

for (const { name, is, was } of packages) {
  test(`what ${name} exports is what it promised`, () => {
    assert.equal(is, was(), 'If that is meant: node packages/client/golden/promised.mjs --write, and a line in the changelog.');
  });
}

test('a promise tells what stands in what is exported, and nothing private', () => {
  const [client] = packages;
  assert.match(client.is, /^export class Fieldbook</m);
  assert.match(client.is, /^interface Ask|^type Ask /m);
  assert.doesNotMatch(client.is, /private|readonly link/);
});
