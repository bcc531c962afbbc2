import { startGateway, startScript } from './kit/processes.ts';
import { load, percentile } from './kit/load.ts';
import { readFileSync, readdirSync } from 'node:fs';
const cpu = (pid: number) => Object.fromEntries(readdirSync(`/proc/${pid}/task`).map(t => { const s = readFileSync(`/proc/${pid}/task/${t}/stat`, 'utf8').split(') ')[1]!.split(' '); const n=readFileSync(`/proc/${pid}/task/${t}/comm`,'utf8').trim(); return [t+':'+n, (Number(s[11]) + Number(s[12]))*10]; }));
const io = (pid: number) => Object.fromEntries(readFileSync(`/proc/${pid}/io`,'utf8').trim().split('\n').map(l=>l.split(': ')));
await using model = await startScript('test/support/model-server.ts', ['--port', '0', '--chunks', '5']);
await using gateway = await startGateway({ modelUrl: model.url });
let k = 0; const A = { url: gateway.url, path: '/api/native/messages.send', headers: { authorization: 'Bearer ' + gateway.token }, body: (n: number) => ({ session: 's' + (k++ % 2048), text: 'Hello number ' + n }) };
await load(A, 32, 3000);
const c0 = cpu(gateway.pid), m0 = cpu(model.pid), i0 = io(gateway.pid), p0=process.cpuUsage();
const a = await load(A, 32, 5000);
const c1 = cpu(gateway.pid), m1=cpu(model.pid), i1 = io(gateway.pid), p1=process.cpuUsage(p0);
console.log('c32', a.perSecond.toFixed(0), 'ms', (5000/a.perSecond*1000).toFixed(0));
for (const t in c1) { const d=c1[t]!-(c0[t]??0); if(d>20) console.log('gw', t, d, 'ms', (d/5).toFixed(0)+'us/turn'); }
console.log('model', Object.keys(m1).map(t=>m1[t]!-(m0[t]??0)).reduce((a,b)=>a+b)/5, 'us/turn; load', (p1.user+p1.system)/5000,'us/turn');
console.log('write syscalls/turn', (i1.syscw-i0.syscw)/5000, 'wchar/turn', (i1.wchar-i0.wchar)/5000, 'write_bytes/turn', (i1.write_bytes-i0.write_bytes)/5000);
