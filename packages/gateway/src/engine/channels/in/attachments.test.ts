import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Attachment, InboundMessage } from '../../ports/channel.ts';
import { Attachments } from './attachments.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'attachments-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const message = (attachments: readonly Attachment[]): InboundMessage => ({ id: '1', conversation: { id: 'c', kind: 'direct' }, text: '', attachments, mentionsMe: false, at: 0 });
const wanted = { channel: 'memory', workspace: 'main', mostBytes: 100, signal: new AbortController().signal };
const open = (withinMs: number): Attachments => new Attachments({ folder: () => root, log: () => {}, now: Date.now, withinMs });

test('two are brought at a time', async () => {
  let [now, most] = [0, 0];
  const fetch = async (): Promise<Uint8Array> => {
    most = Math.max(most, ++now);
    await sleep(5);
    now--;
    return Buffer.from('x');
  };
  const brought = await open(5_000).bring(message(Array.from({ length: 7 }, () => ({ kind: 'file', fetch }))), wanted);
  expect(most).toBe(2);
  expect(brought.every(({ path }) => path?.startsWith('attachments/1970-01/'))).toBe(true);
});

test('what takes too long is left behind, and what was brought by then is kept', async () => {
  const never = { kind: 'file', fetch: () => new Promise<never>(() => {}) } as const;
  const brought = await open(80).bring(message([{ kind: 'file', fetch: async () => Buffer.from('x') }, never, never, never]), wanted);
  expect(brought.map(({ path, because }) => because ?? typeof path)).toEqual(['string', ...Array.from({ length: 3 }, () => 'there was no time left for it')]);
});

test('ended from outside, it says nothing of what it brought', async () => {
  const ended = new AbortController();
  const bringing = open(60_000).bring(message([{ kind: 'file', fetch: () => new Promise(() => {}) }]), { ...wanted, signal: ended.signal });
  ended.abort(new Error('the gateway stops'));
  await expect(bringing).rejects.toThrow('the gateway stops');
});
