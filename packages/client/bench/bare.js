// SQLCipher alone, in a worker of its own. A message is one call, as the device's are.

import init, { Bare } from '/bare_engine.js';

let bare;
self.onmessage = async ({ data: { id, op, args } }) => {
  try {
    if (op === 'make') {
      await init({ module_or_path: '/bare_engine_bg.wasm' });
      bare = await Bare.make(...args);
    } else {
      bare[op](...args);
    }
    self.postMessage({ id });
  } catch (thrown) {
    self.postMessage({ id, error: String(thrown) });
  }
};
