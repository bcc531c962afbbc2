import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type ChannelAdapter, type ChannelAnswer, type ChannelContext, type ChannelDriver, ChannelFailure, type ChannelMemory, type ChannelRequest, type InboundMessage, type OutgoingFile, type SentMessage } from '../../packages/gateway/src/engine/ports/channel.ts';
import type { ReplyAddress } from '../../packages/gateway/src/engine/ports/turn-records.ts';

/** The other side: a server that speaks a vendor's documented wire, and what a test does there. */
export interface ChannelService extends AsyncDisposable {
  readonly driver: ChannelDriver;
  /** A section of the configuration that connects. */
  readonly section: Readonly<Record<string, unknown>>;
  /** One that does not, for the service knows it not; and one that says nothing sensible. */
  readonly refusedSection: Readonly<Record<string, unknown>>;
  readonly wrongSection: Readonly<Record<string, unknown>>;
  /** What must never be seen in an error or in the log. */
  readonly secret: string;
  /** Somebody called Ann, with the id `annId`, writes directly; the id of the message. */
  says(text: string): string | Promise<string>;
  readonly annId: string;
  /** Ann writes in a group; addressed to the account or not. */
  saysInGroup(text: string, options: { readonly mention: boolean }): string | Promise<string>;
  readonly groupId: string;
  /** The ids of people and of groups look alike. */
  readonly idsAlike?: true;
  /** What stands in a conversation. */
  texts(to: string): readonly string[];
  /** Where Ann can be written to. */
  readonly address: ReplyAddress;
  /** The next sends are refused for good, or for `seconds`, or take effect while their answer is lost. */
  refuses(): void;
  limits(seconds: number): void;
  losesAnswers(): void;
  /** Ends the connection, or refuses the next question. */
  cut(): void;
  /** How many messages the service would tell again. */
  untaken(): number;
  /** Present where files go both ways. */
  readonly files?: FileService;
  /** Where the service comes to us: whom it reaches from now on. What is not taken comes again. */
  reaches?(answer: (request: ChannelRequest) => Promise<ChannelAnswer>): void;
}

interface ServiceFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** What a test does with files on the other side. */
interface FileService {
  /** Ann writes directly, with a document; the id of the message. */
  says(text: string, file: ServiceFile): string | Promise<string>;
  /** What stands in a conversation. */
  sent(to: string): readonly ServiceFile[];
  /** What Ann sends from now on cannot be brought. Absent where it comes with the message itself. */
  withholds?(): void;
  /** The next file is refused for good, or takes effect while the answer is lost. */
  refuses(): void;
  losesAnswers(): void;
}

const SOON_MS = 8_000;
const soon = { timeout: SOON_MS, interval: 20 };

/** Every byte there is, and what ends texts and parts of mails. */
const REPORT: ServiceFile = { name: 'report.pdf', type: 'application/pdf', content: Buffer.concat([Buffer.from(Array.from({ length: 4_096 }, (_, i) => i % 256)), Buffer.from('\r\n.\r\n--\r\n')]) };

const sendFile = (adapter: ChannelAdapter, file: OutgoingFile): Promise<SentMessage> => adapter.sendFile?.(file) ?? expect.fail('it takes no files');

/** What a service may not have: a connection that can be lost; groups; a memory of what came while nobody was there; a word for a message that it refuses, or takes later. */
export type Lacking = 'connection' | 'groups' | 'memory' | 'refusals' | 'limits';

/** Every sentence of the ChannelAdapter port, for one driver. */
export const channelConformance = (open: () => Promise<ChannelService>, lacks: readonly Lacking[] = []): void => {
  let service: ChannelService;
  const http = openHttpClient({ headersTimeoutMs: 60_000 });
  let adapters: ChannelAdapter[] = [];
  let logged: string[] = [];
  const received: InboundMessage[] = [];
  let failures: ChannelFailure[] = [];
  let refuse = 0;
  let place: string | undefined;
  const memory: ChannelMemory = {
    recall: async () => place,
    keep: async (kept) => void (place = kept),
  };

  beforeEach(async () => {
    service = await open();
    [adapters, logged, failures, refuse] = [[], [], [], 0];
    received.length = 0;
    place = undefined;
  });
  afterEach(async () => {
    await Promise.all(adapters.map((adapter) => adapter.disconnect()));
    await service[Symbol.asyncDispose]();
    expect([...logged, ...failures.map(({ message, cause }) => `${message} ${String(cause)}`)].join('\n')).not.toContain(service.secret);
  });

  const make = (section = service.section): ChannelAdapter => {
    const adapter = service.driver.open(section, { http, log: (level, message, fields) => void logged.push(`${level} ${message} ${JSON.stringify(fields)}`) });
    adapters.push(adapter);
    return adapter;
  };
  const connect = async (adapter = make()): Promise<ChannelAdapter> => {
    let connected = 0;
    const context: ChannelContext = {
      received: async (message) => {
        if (refuse-- > 0) throw new Error('the store is away');
        received.push(message);
      },
      invited: () => false,
      connected: () => connected++,
      disconnected: (failure) => failures.push(failure),
      memory,
    };
    await adapter.connect(context);
    service.reaches?.(async (request) => (await adapter.answer?.(request, context)) ?? expect.fail('it takes no requests'));
    await expect.poll(() => connected, soon).toBe(1);
    return adapter;
  };
  const failure = async (doing: Promise<unknown>): Promise<ChannelFailure> => {
    const thrown = await doing.then(() => expect.fail('it did not fail'), (reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(ChannelFailure);
    // Looked at in the line above.
    const failed = thrown as ChannelFailure;
    failures.push(failed);
    return failed;
  };

  test('what somebody writes comes in, with who wrote it by a stable id', async () => {
    await connect();
    const before = Date.now();
    const id = await service.says('Hello, agent');
    await expect.poll(() => received.length, soon).toBe(1);
    expect(received[0]).toMatchObject({ id, text: 'Hello, agent', conversation: { id: service.address.to, kind: 'direct' }, sender: { id: service.annId }, attachments: [] });
    expect(service.annId).toMatch(service.driver.senderId);
    expect(Math.abs((received[0]?.at ?? 0) - before)).toBeLessThan(60_000);
  });

  test.skipIf(lacks.includes('groups'))('in a group it says whether it is addressed', async () => {
    await connect();
    await service.saysInGroup('just talking', { mention: false });
    await service.saysInGroup('you there', { mention: true });
    await expect.poll(() => received.length, soon).toBe(2);
    expect(received.map(({ conversation, mentionsMe, sender }) => [conversation.id, conversation.kind, mentionsMe, sender?.id])).toEqual([
      [service.groupId, 'group', false, service.annId], [service.groupId, 'group', true, service.annId],
    ]);
    if (!service.idsAlike) expect(service.groupId).not.toMatch(service.driver.senderId);
  });

  test('what is not stored comes again, and what is stored does not', async () => {
    await connect();
    refuse = 2;
    const first = await service.says('first');
    const second = await service.says('second');
    await expect.poll(() => received.map(({ id }) => id), soon).toEqual([first, second]);
    await expect.poll(() => service.untaken(), soon).toBe(0);
    await Promise.all(adapters.map((adapter) => adapter.disconnect()));
    await connect();
    const third = await service.says('third');
    await expect.poll(() => received.at(-1)?.id, soon).toBe(third);
    expect(received.map(({ id }) => id)).toEqual([first, second, third]);
  });

  test.skipIf(lacks.includes('memory'))('what could not be stored before the connection ended comes at the next one', async () => {
    const adapter = await connect();
    refuse = 1_000;
    const id = await service.says('hold on');
    await expect.poll(() => refuse, soon).toBeLessThan(1_000);
    await adapter.disconnect();
    refuse = 0;
    expect(received).toEqual([]);
    await connect();
    await expect.poll(() => received.map((message) => message.id), soon).toEqual([id]);
  });

  test.skipIf(lacks.includes('memory'))('what comes while nobody is connected is told at the next connection', async () => {
    await (await connect()).disconnect();
    const id = await service.says('are you there?');
    await connect();
    await expect.poll(() => received.map((message) => message.id), soon).toEqual([id]);
  });

  test('what is sent arrives, and has a name', async () => {
    const adapter = await connect();
    const text = `Ünïcode 🦞 ${'long '.repeat(20)}end`;
    const { externalId } = await adapter.send({ address: service.address, text });
    expect(externalId).not.toBe('');
    expect(service.texts(service.address.to)).toEqual([text]);
    expect(await adapter.send({ address: { ...service.address, inReplyTo: '1' }, text: 'again' })).not.toEqual({ externalId });
  });

  test('the longest text arrives whole', async () => {
    const adapter = await connect();
    const text = 'x'.repeat(Math.min(adapter.capabilities.longestText, 20_000));
    await adapter.send({ address: service.address, text });
    expect(service.texts(service.address.to)).toEqual([text]);
  });

  test('where messages can be edited, doing it twice is doing it once', async () => {
    const adapter = await connect();
    expect(adapter.edit !== undefined).toBe(adapter.capabilities.edit);
    if (!adapter.edit) return;
    const sent = await adapter.send({ address: service.address, text: 'first' });
    for (let i = 0; i < 2; i++) await adapter.edit({ ...sent, address: service.address, text: 'second' });
    expect(service.texts(service.address.to)).toEqual(['second']);
    expect((await failure(adapter.edit({ externalId: '987654', address: service.address, text: 'third' }))).kind).toBe('permanent');
  });

  test('typing harms nothing', async () => {
    const adapter = await connect();
    await adapter.typing?.(service.address);
    expect(service.texts(service.address.to)).toEqual([]);
  });

  test.skipIf(lacks.includes('refusals'))('a send that is refused says that it is of no use', async () => {
    const adapter = await connect();
    service.refuses();
    expect(await failure(adapter.send({ address: service.address, text: 'x' }))).toMatchObject({ kind: 'permanent' });
    expect(service.texts(service.address.to)).toEqual([]);
  });

  test.skipIf(lacks.includes('limits'))('a send that is limited says when it may be', async () => {
    const adapter = await connect();
    service.limits(7);
    expect(await failure(adapter.send({ address: service.address, text: 'x' }))).toMatchObject({ kind: 'passing', retryAfterMs: 7_000 });
    expect(service.texts(service.address.to)).toEqual([]);
  });

  test('a send whose answer is lost is in doubt', async () => {
    const adapter = await connect();
    service.losesAnswers();
    expect((await failure(adapter.send({ address: service.address, text: 'x' }))).kind).toBe('unknown');
  });

  test('where messages are known by their keys, one that is sent again arrives once', async () => {
    const adapter = await connect();
    if (!adapter.capabilities.knowsRepeats) return;
    const message = { address: service.address, text: 'x', key: 'send_1-0' };
    service.losesAnswers();
    await failure(adapter.send(message));
    const { externalId } = await adapter.send(message);
    expect(await adapter.send(message)).toEqual({ externalId });
    expect(await adapter.send({ ...message, key: 'send_1-1' })).not.toEqual({ externalId });
    expect(service.texts(service.address.to)).toEqual(['x', 'x']);
  });

  test('whether it takes files, and how large ones, it says', async () => {
    const adapter = await connect();
    expect([adapter.sendFile !== undefined, (adapter.capabilities.largestFile ?? 0) > 0]).toEqual(service.files ? [true, true] : [false, false]);
  });

  test('a file that comes with a message is named, and is brought to the byte when it is asked for', async () => {
    if (!service.files) return;
    await connect();
    const id = await service.files.says('Look at this', REPORT);
    await expect.poll(() => received.length, soon).toBe(1);
    expect(received[0]).toMatchObject({ id, text: 'Look at this', attachments: [{ kind: 'file', name: REPORT.name, type: REPORT.type }] });
    const [attachment] = received[0]?.attachments ?? [];
    expect(attachment?.bytes ?? REPORT.content.length).toBe(REPORT.content.length);
    const bring = attachment?.fetch ?? expect.fail('it cannot be brought');
    for (let i = 0; i < 2; i++) expect(Buffer.compare(await bring(REPORT.content.length, new AbortController().signal), REPORT.content)).toBe(0);
    await failure(bring(REPORT.content.length - 1, new AbortController().signal));
  });

  test('a file that is not to be had any more is a failure, and the message has come all the same', async () => {
    if (!service.files?.withholds) return;
    await connect();
    service.files.withholds();
    await service.files.says('Look at this', REPORT);
    await expect.poll(() => received.length, soon).toBe(1);
    const bring = received[0]?.attachments[0]?.fetch ?? expect.fail('it cannot be brought');
    await failure(bring(REPORT.content.length, new AbortController().signal));
  });

  test('a file that is sent arrives to the byte, with its name and its type', async () => {
    if (!service.files) return;
    const adapter = await connect();
    const big = { ...REPORT, name: 'big.pdf', content: new Uint8Array(Math.min(adapter.capabilities.largestFile ?? 0, 2_000_000)).fill(7) };
    const named: string[] = [];
    for (const [i, file] of [REPORT, big].entries()) named.push((await sendFile(adapter, { ...file, address: service.address, key: `send_1-${i}` })).externalId);
    expect(new Set(named).size).toBe(2);
    expect(named).not.toContain('');
    const sent = service.files.sent(service.address.to);
    expect(sent.map(({ name, type, content }) => [name, type, content.length])).toEqual([REPORT, big].map(({ name, type, content }) => [name, type, content.length]));
    expect(Buffer.compare(sent[0]?.content ?? Buffer.of(), REPORT.content)).toBe(0);
  });

  test('a file that is refused is of no use, and one whose answer is lost is in doubt', async () => {
    if (!service.files) return;
    const adapter = await connect();
    const file = { ...REPORT, address: service.address, key: 'send_1-0' };
    service.files.refuses();
    expect((await failure(sendFile(adapter, file))).kind).toBe('permanent');
    expect(service.files.sent(service.address.to)).toEqual([]);
    service.files.losesAnswers();
    expect((await failure(sendFile(adapter, file))).kind).toBe('unknown');
    if (!adapter.capabilities.knowsRepeats) return;
    const { externalId } = await sendFile(adapter, file);
    expect(await sendFile(adapter, file)).toEqual({ externalId });
    expect(service.files.sent(service.address.to)).toHaveLength(1);
  });

  test('a service that is not there is a failure that passes; nothing was sent', async () => {
    const adapter = await connect();
    await service[Symbol.asyncDispose]();
    await expect.poll(async () => (await failure(adapter.send({ address: service.address, text: 'x' }))).kind, soon).toBe('passing');
    if (service.files) expect((await failure(sendFile(adapter, { ...REPORT, address: service.address }))).kind).toBe('passing');
    expect((await failure(make().connect({ received: async () => {}, invited: () => false, connected: () => {}, disconnected: (lost) => failures.push(lost) }))).kind).toBe('passing');
  });

  test.skipIf(lacks.includes('connection'))('a lost connection is told once, and a new adapter connects again', async () => {
    await connect();
    service.cut();
    await expect.poll(() => failures.length, { timeout: 40_000 }).toBe(1);
    expect(failures[0]?.kind).toBe('passing');
    await sleep(100);
    expect(failures).toHaveLength(1);
    await connect();
    await service.says('again');
    await expect.poll(() => received.length, soon).toBe(1);
  });

  test('a credential that is not accepted, and settings that are none, are for their owner to mend', async () => {
    expect((await failure(make(service.refusedSection).connect({ received: async () => {}, invited: () => false, connected: () => {}, disconnected: (lost) => failures.push(lost) }))).kind).toBe('permanent');
    expect(() => make(service.wrongSection)).toThrow(expect.objectContaining({ kind: 'permanent', message: expect.stringMatching(new RegExp(`^channels\\.${service.driver.name}\\.\\w+: expected `)) }));
  });

  test('to disconnect ends it: nothing comes in, twice is once', async () => {
    const adapter = await connect();
    await Promise.all([adapter.disconnect(), adapter.disconnect()]);
    await adapter.disconnect();
    await service.says('too late');
    await sleep(150);
    expect(received).toEqual([]);
    expect(failures).toEqual([]);
  });
};
