// Fieldbook itself: the server is `fieldbook serve`, the client a program of its own over the device crate
// (crates/bench/src/peer). PEERS_FIELDBOOK names that program, `peer`, with `fieldbook` beside it.
import path from 'node:path';
import { runBench, args } from '../common/bench.mjs';
import { Worker } from '../common/lib.mjs';

const a = args();
const program = process.env.PEERS_FIELDBOOK;
if (!program) throw new Error('set PEERS_FIELDBOOK');
let serial = 0;
await runBench({
  peer: 'fieldbook', ...a,
  sizes: { runs: a.runs, ...JSON.parse(a.get('sizes', '{}')) },
  clientArgv: [program, 'client'],
  async startServer({ dir, work }) {
    const w = new Worker([program, 'server'], { name: 'server', logDir: work });
    const { port, pid, password } = await w.call('start', { dir });
    const url = (p = port) => `http://127.0.0.1:${p}|${password}`;
    return {
      pid, port, url,
      count: async () => (await w.call('count')).n,
      // through a device, for nothing comes into the order past one
      async seed(n) {
        const name = `seed${process.pid}x${++serial}`;
        const maker = new Worker([program, 'client'], { name: 'seed', logDir: work });
        await maker.call('open', { url: url(), name, dir: path.join(work, name) });
        await maker.call('bulk', { n });
        await maker.call('connect');
        await maker.call('uploaded');
        await maker.stop();
      },
      stop: () => w.stop(),
    };
  },
});
