import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, listSends, sendMessage, sendToChannel } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { type Attachment, ChannelFailure } from '../../packages/gateway/src/engine/ports/channel.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type MemoryChat, type MemoryChatOptions, openMemoryChat } from '../support/memory-channel.ts';
import type { ModelScript } from '../support/model-server.ts';

const soon = { timeout: 8_000, interval: 15 };

interface Scene extends AsyncDisposable {
  readonly chat: MemoryChat;
  readonly gateway: TestGateway;
  /** The agent's own folder. */
  readonly own: string;
  /** What the model was shown last, each time it was asked. */
  readonly asked: readonly string[];
}

interface Options {
  readonly section?: Readonly<Record<string, unknown>>;
  readonly messages?: Readonly<Record<string, unknown>>;
  readonly chat?: MemoryChatOptions;
  readonly script?: ModelScript;
  readonly store?: NonNullable<Parameters<typeof startGateway>[0]>['store'];
}

const open = async ({ section = {}, messages = {}, chat: options, script = () => ({ text: 'Seen.' }), store }: Options = {}): Promise<Scene> => {
  const chat = openMemoryChat(options);
  const asked: string[] = [];
  const gateway = await startGateway({
    channels: chat.drivers, ...(store && { store }),
    script: (request) => {
      asked.push(request.messages.at(-1)?.text ?? '');
      return script(request);
    },
    config: { channels: { memory: { dmPolicy: 'open', ...section } }, messages },
  });
  await expect.poll(() => chat.connected, soon).toBe(true);
  return { chat, gateway, asked, own: join(gateway.folder, 'workspaces', 'main'), [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
};

const text = (content: Uint8Array): string => Buffer.from(content).toString();
const data = (content: string): string => Buffer.from(content).toString('base64');
const toAnn = { channel: 'memory', to: 'ann' };
const sendsOf = async ({ gateway }: Scene) => (await gateway.client.call(listSends, {})).sends;

/** A file that can be brought, and how often it was. */
const file = (content: string | ChannelFailure, more: Partial<Attachment> = {}): Attachment & { readonly times: () => number } => {
  let times = 0;
  return {
    kind: 'file', name: 'notes.txt', type: 'text/plain', ...more, times: () => times,
    fetch: async () => {
      times++;
      if (content instanceof ChannelFailure) throw content;
      return Buffer.from(content);
    },
  };
};

/** What lies below a folder, by its path. */
const below = async (folder: string): Promise<readonly string[]> => (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((one) => !one.isDirectory()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1)).toSorted();

const month = new Date().toISOString().slice(0, 7);

test('a file that comes with a message is kept for its owner alone, is named with its place, and the agent can read it there', async () => {
  await using scene = await open({
    script: ({ messages }) => {
      const last = messages.at(-1);
      const path = /kept as (\S+)\]/.exec(last?.text ?? '')?.[1];
      return last?.role === 'user' ? { toolCalls: [{ tool: 'read_file', input: { path } }] } : { text: `It says: ${last?.text}` };
    },
  });
  scene.chat.says({ text: 'Look', attachments: [file('three words here', { bytes: 999, name: 'Überblick 2026.txt' }), { kind: 'image' }] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['It says: three words here']);
  expect(scene.asked[0]).toMatch(new RegExp(`^Look\\n\\[Attached: file, Überblick 2026.txt, text/plain, 1 kB, kept as attachments/${month}/[0-9a-f]{12}-Uberblick_2026.txt\\]\\n\\[Attached, and not looked at: image\\]$`));
  const [path = ''] = await below(join(scene.own, 'attachments'));
  expect((await stat(join(scene.own, 'attachments', path))).mode & 0o777).toBe(0o600);
  expect((await stat(join(scene.own, 'attachments', month))).mode & 0o777).toBe(0o700);
});

test('in a workspace of its own the file is in the folder of that workspace\'s agent', async () => {
  await using scene = await open({ section: { workspace: 'team' } });
  scene.chat.says({ attachments: [file('x')] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['Seen.']);
  expect(await below(join(scene.own, 'attachments'))).toEqual([]);
  expect(await below(join(scene.gateway.folder, 'workspaces', 'main@team', 'attachments'))).toHaveLength(1);
});

test('nothing is fetched of whoever is not let in, and nothing a second time', async () => {
  await using scene = await open({ section: { dmPolicy: 'pairing', allowFrom: ['ann'], max_messages_per_hour: 1 } });
  const [stranger, inGroup, mine, again, tooMany] = [file('a'), file('b'), file('c'), file('d'), file('e')];
  scene.chat.says({ conversation: { id: 'bob', kind: 'direct' }, sender: { id: 'bob' }, attachments: [stranger] });
  scene.chat.says({ conversation: { id: '#g', kind: 'group' }, mentionsMe: true, attachments: [inGroup] });
  scene.chat.says({ id: '7', attachments: [mine] });
  scene.chat.says({ id: '7', attachments: [again] });
  scene.chat.says({ attachments: [tooMany] });
  await expect.poll(() => scene.chat.waiting(), soon).toBe(0);
  expect([stranger, inGroup, mine, again, tooMany].map(({ times }) => times())).toEqual([0, 0, 1, 0, 0]);
  expect(await below(join(scene.own, 'attachments'))).toHaveLength(1);
});

test('what cannot be kept costs its message nothing: it is named with the reason', async () => {
  await using scene = await open({ messages: { attachments: { maxMegabytes: 1 } } });
  const large = file('never asked for', { name: 'a.bin', bytes: 2_000_000 });
  const attachments = [
    large, file('x'.repeat(1_100_000), { name: 'b.bin', bytes: 5 }), file(new ChannelFailure('permanent', 'it is gone [from] there'), { name: 'c.txt' }),
    { ...file('x'), name: 'd.txt', fetch: () => { throw new Error('the inside'); } }, file('kept'),
  ];
  scene.chat.says({ text: '', attachments });
  await expect.poll(() => scene.asked[0]?.split('\n'), soon).toEqual([
    '[Attached, and not kept: file, a.bin, text/plain, 1954 kB, because it is larger than 1 MB (messages.attachments.maxMegabytes)]',
    '[Attached, and not kept: file, b.bin, text/plain, 1 kB, because it is larger than 1 MB (messages.attachments.maxMegabytes)]',
    '[Attached, and not kept: file, c.txt, text/plain, because it is gone from there]',
    '[Attached, and not kept: file, d.txt, text/plain, because it could not be brought]',
    expect.stringMatching(/^\[Attached: file, notes.txt, text\/plain, 1 kB, kept as /),
  ]);
  expect(large.times()).toBe(0);
});

test('of one message ten files are kept, and of none where that is set', async () => {
  await using scene = await open();
  scene.chat.says({ attachments: Array.from({ length: 12 }, (_, i) => file(`${i}`)) });
  await expect.poll(() => scene.asked.length, soon).toBe(1);
  expect(await below(join(scene.own, 'attachments'))).toHaveLength(10);
  expect(scene.asked[0]?.match(/because no more than 10 files of a message are kept/g)).toHaveLength(2);
  await using without = await open({ messages: { attachments: { maxMegabytes: 0 } } });
  const unwanted = file('x');
  without.chat.says({ attachments: [unwanted] });
  await expect.poll(() => without.asked, soon).toEqual(['Hello\n[Attached, and not looked at: file, notes.txt, text/plain]']);
  expect(unwanted.times()).toBe(0);
});

test.each([
  ['../../x', 'x'], ['/etc/passwd', 'passwd'], ['..\\..\\win.ini', 'win.ini'], ['.bashrc', 'file.bashrc'], ['..', 'file.txt'], ['a\u202Etxt.exe', 'a_txt.exe'], ['写真.png', 'file.png'], ['', 'file.txt'],
  [`${'n'.repeat(300)}.pdf`, `${'n'.repeat(76)}.pdf`], ['a b\nc;$(x).txt', 'a_b_c_x.txt'],
])('whatever a file is called, it lies in its folder: %j', async (name, kept) => {
  await using scene = await open();
  scene.chat.says({ attachments: [file('x', { name })] });
  await expect.poll(() => scene.asked.length, soon).toBe(1);
  expect((await below(scene.own)).map((path) => path.replace(/[0-9a-f]{12}/, 'mark'))).toEqual([`attachments/${month}/mark-${kept}`]);
});

test('no link leads a file elsewhere: neither in the place of its folders nor in its own', async () => {
  await using scene = await open();
  const elsewhere = join(scene.gateway.folder, 'elsewhere');
  await mkdir(join(elsewhere, month), { recursive: true });
  await writeFile(join(elsewhere, 'precious'), 'as it was');
  await symlink(elsewhere, join(scene.own, 'attachments'));
  scene.chat.says({ id: '1', attachments: [file('x')] });
  await expect.poll(() => scene.asked.at(-1), soon).toContain('because it could not be written to the disk');
  await rm(join(scene.own, 'attachments'));
  await mkdir(join(scene.own, 'attachments'));
  await symlink(elsewhere, join(scene.own, 'attachments', month));
  scene.chat.says({ id: '2', attachments: [file('x')] });
  await expect.poll(() => scene.asked.length, soon).toBe(2);
  expect(scene.asked[1]).toContain('because it could not be written to the disk');
  await rm(join(scene.own, 'attachments', month));
  scene.chat.says({ id: '3', attachments: [file('x')] });
  await expect.poll(() => scene.asked.length, soon).toBe(3);
  const [path = ''] = await below(join(scene.own, 'attachments'));
  expect(await below(elsewhere)).toEqual(['precious']);
  expect(await readFile(join(elsewhere, 'precious'), 'utf8')).toBe('as it was');
  expect(path).toMatch(/-notes\.txt$/);
});

test('a message that comes again writes the same file again', async () => {
  let failures = 2;
  await using scene = await open({
    store: (store) => ({
      ...store,
      acceptTurn: async (...given) => {
        if (failures-- > 0) throw new GatewayError('store_unavailable', 'away');
        return store.acceptTurn(...given);
      },
    }),
  });
  const attachment = file('x');
  scene.chat.says({ attachments: [attachment] });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['Seen.']);
  expect(attachment.times()).toBe(3);
  expect(await below(join(scene.own, 'attachments'))).toHaveLength(1);
});

test('what is still brought when the gateway stops holds it up by nothing, and its message comes again', async () => {
  const chat = openMemoryChat();
  const begun = Promise.withResolvers<void>();
  // As most do, it ends when what it has handed on is taken or refused.
  const memory = async () => {
    const driver = await chat.drivers.memory();
    return { ...driver, open: (...given: Parameters<typeof driver.open>) => {
      const adapter = driver.open(...given);
      let taking: Promise<unknown> = Promise.resolve();
      const connect: typeof adapter.connect = (context) => adapter.connect({ ...context, received: (message) => {
        const taken = context.received(message);
        taking = taken.catch(() => {});
        return taken;
      } });
      return { ...adapter, connect, disconnect: () => taking.then(() => adapter.disconnect()) };
    } };
  };
  {
    await using _gateway = await startGateway({ channels: { memory }, config: { channels: { memory: { dmPolicy: 'open' } } } });
    chat.says({ attachments: [{ kind: 'file', fetch: () => {
      begun.resolve();
      return new Promise(() => {});
    } }] });
    await begun.promise;
  }
  expect(chat.waiting()).toBe(1);
});

test('words and files go out in order, each as a part with a key of its own, and the list says what went', async () => {
  await using scene = await open();
  const files = [{ name: 'a.txt', data: data('first') }, { name: 'b.bin', type: 'application/x-thing', data: data('second') }];
  expect(await scene.gateway.client.call(sendToChannel, { ...toAnn, thread: '7', text: 'Here:', files })).toMatchObject({ state: 'sent', attempts: 3, doubts: 0, externalIds: ['out-1', 'out-2', 'out-3'] });
  expect(scene.chat.standing.map(({ text: words, file: sent, address }) => [words, sent?.name, sent?.type, sent && text(sent.content), address.thread])).toEqual([
    ['Here:', undefined, undefined, undefined, '7'], ['', 'a.txt', 'text/plain', 'first', '7'], ['', 'b.bin', 'application/x-thing', 'second', '7'],
  ]);
  expect(new Set(scene.chat.standing.map(({ key }) => key)).size).toBe(3);
  expect(await sendsOf(scene)).toMatchObject([{ text: 'Here:', files: [{ name: 'a.txt', type: 'text/plain', bytes: 5 }, { name: 'b.bin', type: 'application/x-thing', bytes: 6 }] }]);
});

test('a file needs no words, and nothing at all is nothing to send', async () => {
  await using scene = await open();
  expect(await scene.gateway.client.call(sendToChannel, { ...toAnn, files: [{ name: 'a.txt', data: data('alone') }] })).toMatchObject({ state: 'sent', text: '', attempts: 1 });
  expect(scene.chat.files('ann').map(({ content }) => text(content))).toEqual(['alone']);
  await expect(scene.gateway.client.call(sendToChannel, { ...toAnn, text: ' ' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('what would never arrive is refused at once, with what to do instead', async () => {
  await using none = await open({ chat: { largestFile: 0 } });
  await using small = await open({ chat: { largestFile: 4 } });
  const send = (scene: Scene, more: Readonly<Record<string, unknown>>) => scene.gateway.client.call(sendToChannel, { ...toAnn, text: 'x', ...more });
  await expect(send(none, { files: [{ name: 'a.txt', data: data('x') }] })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('memory takes no files: send their content as text') });
  await expect(send(small, { files: [{ name: 'a.txt', data: data('12345') }] })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('a.txt has 5 bytes, and memory takes files of up to 4') });
  expect([...(await sendsOf(none)), ...(await sendsOf(small))]).toEqual([]);
  await expect(send(small, { files: [{ name: 'a.txt', data: data('1234') }] })).resolves.toMatchObject({ state: 'sent' });
});

test.each([
  ['together more than a request may have', Array.from({ length: 2 }, (_, i) => ({ name: `${i}`, data: Buffer.alloc(710_000).toString('base64') })), /together at most 1400000 bytes/],
  ['six', Array.from({ length: 6 }, (_, i) => ({ name: `${i}`, data: data('x') })), /files/],
  ['a path for a name', [{ name: '../x', data: data('x') }], /without a path/],
  ['no base64', [{ name: 'x', data: 'a-_=' }], /base64/],
  ['nothing in it', [{ name: 'x', data: '' }], /files/],
])('files are refused: %s', async (_, files, message) => {
  await using scene = await open();
  await expect(scene.gateway.client.call(sendToChannel, { ...toAnn, text: 'x', files })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) });
  expect(scene.chat.standing).toEqual([]);
});

test('what a request may have in files goes out', async () => {
  await using scene = await open();
  expect(await scene.gateway.client.call(sendToChannel, { ...toAnn, text: 'y'.repeat(90_000), files: [{ name: 'x', data: Buffer.alloc(1_400_000, 3).toString('base64') }] })).toMatchObject({ state: 'sent' });
  expect(scene.chat.files()[0]?.content.length).toBe(1_400_000);
});

test('a file that fails for now is tried again, and the words before it are not', async () => {
  await using scene = await open();
  await scene.gateway.client.call(sendToChannel, { ...toAnn, to: 'bob', text: 'first of all' });
  scene.chat.befalls(new ChannelFailure('passing', 'slow down', { retryAfterMs: 50 }), new ChannelFailure('passing', 'slow down', { retryAfterMs: 50 }));
  expect(await scene.gateway.client.call(sendToChannel, { ...toAnn, text: 'words', files: [{ name: 'a', data: data('x') }] })).toMatchObject({ state: 'sent', attempts: 4 });
  expect([scene.chat.texts('ann'), scene.chat.files('ann').length]).toEqual([['words'], 1]);
});

test.each([
  ['at-least-once', 2, { state: 'sent', doubts: 1 }],
  ['at-most-once', 1, { state: 'ambiguous', doubts: 1 }],
])('a file whose answer is lost, %s', async (delivery, times, outcome) => {
  await using scene = await open({ section: { delivery } });
  scene.chat.befalls('lost answer');
  await scene.gateway.client.call(sendToChannel, { ...toAnn, files: [{ name: 'a', data: data('x') }, { name: 'b', data: data('y') }], timeoutSeconds: 0 });
  await expect.poll(async () => (await sendsOf(scene))[0], soon).toMatchObject(outcome);
  expect(scene.chat.files().map(({ name }) => name)).toEqual([...Array.from({ length: times }, () => 'a'), 'b']);
});

const sendFile = (input: Readonly<Record<string, unknown>>): ModelScript => ({ messages }) => {
  const last = messages.at(-1);
  return last?.role === 'user' ? { toolCalls: [{ tool: 'send_file', input }] } : { text: `The tool said: ${last?.text}` };
};

test('the agent sends a file of its folder with its answer, to whoever asked and nobody else', async () => {
  await using scene = await open({ script: sendFile({ path: 'out/table.csv', caption: 'The table' }) });
  await mkdir(join(scene.own, 'out'));
  await writeFile(join(scene.own, 'out', 'table.csv'), 'a;b');
  scene.chat.says({ thread: '9' });
  await expect.poll(() => scene.chat.texts(), soon).toEqual(['The table', 'The tool said: table.csv (3 bytes) is on its way.']);
  expect(scene.chat.standing.map(({ address, file: sent }) => [address.to, address.thread, sent?.name, sent?.type])).toEqual([
    ['ann', '9', undefined, undefined], ['ann', '9', 'table.csv', 'text/csv'], ['ann', '9', undefined, undefined],
  ]);
  expect(text(scene.chat.files()[0]?.content ?? Buffer.of())).toBe('a;b');
});

test.each([['../../gateway.token', /There is no file/], ['/etc/hostname', /There is no file/], ['link', /There is no file/], ['empty', /is empty/], ['big', /has 5000001 bytes, and memory takes files of up to 4000000/]])('the agent cannot send %s', async (path, says) => {
  await using scene = await open({ script: sendFile({ path }) });
  await symlink('/etc/hostname', join(scene.own, 'link'));
  await writeFile(join(scene.own, 'empty'), '');
  await writeFile(join(scene.own, 'big'), Buffer.alloc(5_000_001));
  scene.chat.says({});
  await expect.poll(() => scene.chat.texts()[0], soon).toMatch(says);
  expect(scene.chat.files()).toEqual([]);
});

test('where an answer goes to no chat, or to one that takes no files, none is sent, and the agent is told why', async () => {
  const offered: boolean[] = [];
  const script: ModelScript = (request) => {
    offered.push(request.tools.includes('send_file'));
    return sendFile({ path: 'a.txt' })(request);
  };
  await using scene = await open({ script, chat: { largestFile: 0 } });
  await writeFile(join(scene.own, 'a.txt'), 'x');
  expect(await scene.gateway.client.call(sendMessage, { text: 'send it' })).toMatchObject({ text: expect.stringContaining('goes to no chat') });
  expect(offered).toEqual([false, false]);
  scene.chat.says({});
  await expect.poll(() => scene.chat.texts(), soon).toEqual([expect.stringContaining('memory takes no files')]);
  expect(offered.slice(2)).toEqual([true, true]);
  expect(scene.chat.files()).toEqual([]);
});
