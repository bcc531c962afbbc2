import { startGateway, startScript } from './kit/processes.ts';
import { load, percentile } from './kit/load.ts';
await using model = await startScript('test/support/model-server.ts', ['--port', '0', '--chunks', '5']);
await using floor = await startScript('bench/floors/turn-floor.ts', [], { MODEL_URL: model.url });
await using gateway = await startGateway({ modelUrl: model.url, env: process.env.PROF ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/prof' } : {} });
let k = 0; const A = { url: gateway.url, path: '/api/native/messages.send', headers: { authorization: 'Bearer ' + gateway.token }, body: (n: number) => ({ session: 's' + (k++ % 2048), text: 'Hello number ' + n }) };
const B = { url: floor.url, path: '/turn', body: (n: number) => ({ session: 's', text: 'Hello number ' + n }) };
console.log('ready', gateway.readyMs);
await load(A, 8, 300); await load(B, 8, 300);
for (let i = 0; i < 4; i++) { const a = await load(A, 32, 2000); const b = await load(B, 32, 2000); console.log('c32', a.perSecond.toFixed(0), b.perSecond.toFixed(0), (a.perSecond / b.perSecond).toFixed(3)); }
for (let i = 0; i < 3; i++) { const a = await load(A, 1, 200); const b = await load(B, 1, 200); console.log('c1 p50', percentile(a.latencies, .5).toFixed(2), percentile(b.latencies, .5).toFixed(2)); }
