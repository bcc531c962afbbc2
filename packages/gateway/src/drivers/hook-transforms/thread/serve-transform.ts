import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { answerCalls } from '../../../kernel/owner-program.ts';
import type { Asked, ThreadStart } from './protocol.ts';

// The module that the thread of a transform starts from: it loads the owner's module, once, and calls its functions.

const port = parentPort;
if (!port) throw new Error('the thread of a transform was started as a process');
// Written by the gateway's end.
const { file } = workerData as ThreadStart;

let loading: Promise<Readonly<Record<string, unknown>>> | undefined;

const load = (): Promise<Readonly<Record<string, unknown>>> =>
  // The owner's own file: what it exports is looked at below.
  (loading ??= import(pathToFileURL(file).href) as Promise<Readonly<Record<string, unknown>>>);

const DEFAULT_NAMES = ['default', 'transform'];

answerCalls<Asked & { readonly call: number }, never>(port, {
  perform: async ({ exportName, context: { payload, headers, url, path } }) => {
    const exported = await load();
    const names = exportName === undefined ? DEFAULT_NAMES : [exportName];
    const transform = names.map((name) => exported[name]).find((one) => typeof one === 'function');
    if (transform === undefined) throw new Error(`${file} has no export that is a function and is called ${names.join(' or ')}`);
    return Reflect.apply(transform, undefined, [{ payload, headers, url: new URL(url), path }]) as unknown; // Anything, or a promise of it.
  },
});
