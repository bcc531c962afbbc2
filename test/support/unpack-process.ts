/** Unpacks what comes by standard input into the folder it is given, in a process of its own, and says what that took. */
import { subscribe } from 'node:diagnostics_channel';
import { buffer } from 'node:stream/consumers';
import { unpackTarball } from '../../packages/gateway/src/drivers/skills/kit/unpack-tar.ts';

const [folder = ''] = process.argv.slice(2);
let spawned = 0;
subscribe('child_process', () => void spawned++);

const packed = await buffer(process.stdin);
globalThis.gc?.();
const before = process.resourceUsage().maxRSS;
const used = process.cpuUsage();
const outcome = await unpackTarball(packed, folder, AbortSignal.timeout(60_000)).then(
  () => 'unpacked',
  (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? `${String(thrown.code)}: ${thrown.message}` : String(thrown)),
);
const { user, system } = process.cpuUsage(used);
const report = { outcome, cpuMs: (user + system) / 1_000, grownMB: (process.resourceUsage().maxRSS - before) / 1024, spawned };
process.stdout.write(JSON.stringify(report));
