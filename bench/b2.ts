import { startGateway, startScript } from './kit/processes.ts';
import { load, percentile } from './kit/load.ts';
await using model = await startScript('test/support/model-server.ts', ['--port', '0', '--chunks', '5']);
await using gateway = await startGateway({ modelUrl: model.url, env: process.env.PROF ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/prof' } : {} });
let k = 0; const A = { url: gateway.url, path: '/api/native/messages.send', headers: { authorization: 'Bearer ' + gateway.token }, body: (n: number) => ({ session: 's' + (k++ % 2048), text: 'Hello number ' + n }) };
for (let i = 0; i < 3; i++) { const a = await load(A, 32, 4000);  console.log('c32', a.perSecond.toFixed(0), percentile(a.latencies,.5).toFixed(1)); }
