import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeAllowlist, getStatus, listPairings, listSends, sessionHistory } from '@openclaw/contract';
import { expect, onTestFinished, test } from 'vitest';
import { readEvents, readMessage } from '../../packages/gateway/src/drivers/channels/matrix/read-event.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type MatrixServer, startMatrixServer } from '../support/matrix-server.ts';
import type { ModelScript } from '../support/model-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const [ANN, BOB, EVE] = ['@ann:test', '@bob:test', '@eve:test'];
const [DM, GROUP] = ['!dm:test', '!friends:test'];
const repeats: ModelScript = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text.replace(/^\[Message of .*\n<outside-\w+>(.*)<\/.*$/s, '$1')}` });

const open = async (matrix: MatrixServer, over: Readonly<Record<string, unknown>> = {}, more: { readonly script?: ModelScript; readonly folder?: string } = {}): Promise<TestGateway> => {
  const channels = { matrix: { homeserver: matrix.url, accessToken: matrix.token, allowFrom: [ANN], ...over } };
  const gateway = await startGateway({ script: repeats, config: { channels }, ...more });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ matrix: 'connected' });
  return gateway;
};
const texts = (matrix: MatrixServer, room: string): readonly string[] => matrix.sent(room).map(({ text }) => text);
const to = (user: string, body: string) => ({ msgtype: 'm.text', body, 'm.mentions': { user_ids: [user] } });

/** A homeserver with Ann's room and one of friends. */
const start = async (): Promise<MatrixServer> => {
  const matrix = await startMatrixServer();
  matrix.room(DM, [ANN, matrix.me]);
  matrix.room(GROUP, [ANN, BOB, matrix.me]);
  return matrix;
};

test('a room of two is a conversation with whoever else is in it', async () => {
  await using matrix = await start();
  await using gateway = await open(matrix);
  matrix.says(DM, ANN, 'Hello there');
  await matrix.until(() => matrix.sent(DM).length === 1);
  expect(matrix.sent(DM)[0]?.content).toEqual({ msgtype: 'm.text', body: 're: Hello there', 'm.mentions': {} });
  const { messages } = await gateway.client.call(sessionHistory, { session: `@${encodeURIComponent('matrix:@ann:test')}` });
  expect(messages.map(({ role, text }) => [role, text])).toEqual([['user', 'Hello there'], ['assistant', 're: Hello there']]);
  await matrix.until(() => matrix.untaken() === 0 && matrix.calls.some(({ path, body }) => path === `/rooms/${DM}/typing/${matrix.me}` && body['typing'] === true));
  // A third is asked to come: from now on it must be called.
  matrix.becomes(DM, BOB, 'invite', { by: ANN });
  matrix.says(DM, ANN, 'Bob, are you coming?');
  matrix.becomes(DM, BOB, 'leave');
  matrix.says(DM, ANN, 'Bob is not coming');
  await matrix.until(() => matrix.sent(DM).length === 2);
  expect(texts(matrix, DM)).toEqual(['re: Hello there', 're: Bob is not coming']);
});

test('in a group it answers who calls it, in the thread and to the message', async () => {
  await using matrix = await start();
  await using gateway = await open(matrix, { groups: { [GROUP]: {} } });
  matrix.says(GROUP, BOB, 'just talking');
  const asked = matrix.says(GROUP, BOB, to(matrix.me, 'and you?'));
  await matrix.until(() => matrix.sent(GROUP).length === 1);
  expect(matrix.sent(GROUP)[0]).toMatchObject({ text: 're: [bob, @bob:test] and you?', content: { 'm.relates_to': { 'm.in_reply_to': { event_id: asked } } } });
  const inThread = matrix.says(GROUP, BOB, { ...to(matrix.me, 'here, too'), 'm.relates_to': { rel_type: 'm.thread', event_id: asked, is_falling_back: true, 'm.in_reply_to': { event_id: asked } } });
  await matrix.until(() => matrix.sent(GROUP).length === 2);
  expect(matrix.sent(GROUP)[1]?.content['m.relates_to']).toEqual({ rel_type: 'm.thread', event_id: asked, is_falling_back: true, 'm.in_reply_to': { event_id: inThread } });
  expect(gateway.logged.some(({ level }) => level === 'error')).toBe(false);
});

test('what was said before its first day is history; what is said while it is away is answered once, however much that is', async () => {
  await using matrix = await start();
  for (let i = 0; i < 5; i++) matrix.says(DM, ANN, `long ago ${i}`);
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const section = { groups: { [GROUP]: {} }, queue: 'followup' };
  await (await open(matrix, section, { folder }))[Symbol.asyncDispose]();
  expect(matrix.sent()).toEqual([]);

  matrix.says(GROUP, BOB, to(matrix.me, 'first of many'));
  for (let i = 0; i < 260; i++) matrix.says(GROUP, BOB, `noise ${i}`);
  matrix.says(GROUP, BOB, to(matrix.me, 'in the midst of many'));
  for (let i = 0; i < 60; i++) matrix.becomes(GROUP, EVE, i % 2 === 0 ? 'join' : 'leave');
  matrix.says(DM, ANN, 'are you there?');
  matrix.says(GROUP, BOB, to(matrix.me, 'last of many'));
  const again = await open(matrix, section, { folder });
  await matrix.until(() => matrix.sent().length === 4 && matrix.untaken() === 0);
  await again[Symbol.asyncDispose]();
  expect(texts(matrix, GROUP)).toEqual(['first', 'in the midst', 'last'].map((which) => `re: [bob, @bob:test] ${which} of many`));
  expect(texts(matrix, DM)).toEqual(['re: are you there?']);

  // The place is lost on its way there: what comes again is known.
  matrix.befalls('account_data', { status: 500, errcode: 'M_UNKNOWN' }, { status: 500, errcode: 'M_UNKNOWN' });
  const third = await open(matrix, section, { folder });
  matrix.says(DM, ANN, 'one more');
  await matrix.until(() => matrix.sent(DM).length === 2);
  await third[Symbol.asyncDispose]();
  expect(matrix.untaken()).toBe(1);
  await using last = await open(matrix, section, { folder });
  matrix.says(DM, ANN, 'and one');
  await matrix.until(() => matrix.sent(DM).length === 3 && matrix.untaken() === 0);
  expect(texts(matrix, DM)).toEqual(['re: are you there?', 're: one more', 're: and one']);
  expect(last.logged.filter(({ level }) => level === 'error')).toEqual([]);
}, 40_000);

test('a send whose answer is lost is sent again and arrives once; nobody is in doubt', async () => {
  await using matrix = await start();
  await using gateway = await open(matrix, { delivery: 'at-most-once' });
  matrix.befalls('send', { cut: 'after' }, { html: 502 }, { cut: 'after' });
  matrix.says(DM, ANN, 'hi');
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, { timeout: 15_000 }).toMatchObject([{ state: 'sent', attempts: 4, doubts: 0 }]);
  expect(texts(matrix, DM)).toEqual(['re: hi']);
  expect((await gateway.client.call(listSends, { ambiguous: true })).total).toBe(0);
}, 20_000);

test('an answer is shown while it is written, and long ones go in parts', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i} `);
  await using matrix = await start();
  await using gateway = await open(matrix, { streaming: true }, { script: ({ messages }) => (messages.at(-1)?.text === 'slowly' ? { text: words, chunkDelayMs: 80 } : { text: 'sentence. '.repeat(1_000) }) });
  matrix.says(DM, ANN, 'slowly');
  await matrix.until(() => /^word0 .* …$/s.test(matrix.sent(DM)[0]?.text ?? ''));
  await matrix.until(() => matrix.sent(DM)[0]?.text === words.join('').trim(), 10_000);
  expect(matrix.sent(DM)).toHaveLength(1);
  matrix.says(DM, ANN, 'a lot');
  await matrix.until(() => matrix.sent(DM).length === 3);
  expect(gateway.logged.filter(({ level }) => level === 'warn')).toEqual([]);
}, 20_000);

test('it goes where those ask it to whom it answers, and takes what they said since then', async () => {
  await using matrix = await start();
  await using gateway = await open(matrix, { dmPolicy: 'allowlist' });
  matrix.room('!new:test', [ANN]);
  matrix.says('!new:test', ANN, 'this was before');
  matrix.becomes('!new:test', matrix.me, 'invite', { by: ANN, content: { is_direct: true } });
  matrix.says('!new:test', ANN, 'welcome');
  await matrix.until(() => matrix.sent('!new:test').length === 1);
  matrix.says('!new:test', ANN, 'nice here');
  await matrix.until(() => matrix.sent('!new:test').length === 2);
  expect(texts(matrix, '!new:test')).toEqual(['re: welcome', 're: nice here']);

  matrix.room('!trap:test', [EVE]);
  matrix.becomes('!trap:test', matrix.me, 'invite', { by: EVE, content: { is_direct: true } });
  await expect.poll(() => gateway.logged.map(({ message }) => message), soon).toContain('@eve:test asks into a room, and may not');
  expect(matrix.isIn('!trap:test')).toBe(false);
  // The owner changes their mind; something else happens.
  await gateway.client.call(changeAllowlist, { id: 'main', add: ['matrix:@eve:test'] });
  matrix.wake();
  await matrix.until(() => matrix.isIn('!trap:test'));
  matrix.says('!trap:test', EVE, 'so you came');
  await matrix.until(() => matrix.sent('!trap:test').length === 1);
});

test('where strangers may ask to be let in, it goes to them and to no group of theirs', async () => {
  await using matrix = await start();
  matrix.room('!club:test', [EVE, BOB]);
  matrix.room('!eve:test', [EVE]);
  matrix.becomes('!club:test', matrix.me, 'invite', { by: EVE });
  matrix.becomes('!eve:test', matrix.me, 'invite', { by: EVE, content: { is_direct: true } });
  // Asked before it was there.
  await using gateway = await open(matrix);
  await matrix.until(() => matrix.isIn('!eve:test'));
  matrix.says('!eve:test', EVE, 'let me in');
  await matrix.until(() => matrix.sent('!eve:test').length === 1);
  const { pairings: [pairing] } = await gateway.client.call(listPairings, {});
  expect(pairing).toMatchObject({ sender: 'matrix:@eve:test', name: 'eve' });
  expect(texts(matrix, '!eve:test')[0]).toContain(`approve ${pairing?.code}`);
  expect(matrix.isIn('!club:test')).toBe(false);
});

test('a homeserver that forgot what was read is followed from now on; no token is ever shown', async () => {
  await using matrix = await start();
  await using gateway = await open(matrix);
  matrix.says(DM, ANN, 'one');
  await matrix.until(() => matrix.sent(DM).length === 1 && matrix.untaken() === 0);
  matrix.forgets();
  await expect.poll(() => gateway.logged.map(({ message }) => message), soon).toContain('the homeserver does not know any more what was read: what was said since is left out');
  const isConnected = async (): Promise<unknown> => (await gateway.client.call(getStatus, {})).channels['matrix'];
  await expect.poll(isConnected, soon).toBe('connected');
  matrix.says(DM, ANN, 'two');
  await matrix.until(() => matrix.sent(DM).length === 2);
  expect(texts(matrix, DM)).toEqual(['re: one', 're: two']);
  matrix.befalls('send', { status: 401, errcode: 'M_UNKNOWN_TOKEN', more: { error: `Unknown token ${matrix.token}` } });
  matrix.says(DM, ANN, 'three');
  await matrix.until(() => matrix.sent(DM).length === 3);
  const shown = JSON.stringify([gateway.logged, (await gateway.client.call(listSends, {})).sends, await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  expect(shown).toContain('[token]');
  expect(shown).not.toContain(matrix.token);
}, 20_000);

const members = new Map<string, string | undefined>([[ANN, 'Ann'], [BOB, 'Bob'], ['@claw:test', 'Claw']]);
const read = (content: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>> = {}, place: object = {}) => {
  const [event] = readEvents([{ type: 'm.room.message', event_id: '$1', sender: ANN, origin_server_ts: 100, content: { msgtype: 'm.text', body: 'Hi', ...content }, ...over }]);
  return event && readMessage(event, { room: GROUP, me: '@claw:test', members, ...place });
};
const link = (href: string) => ({ formatted_body: `Hi <a href="${href}">Claw</a>`, format: 'org.matrix.custom.html' });

test.each<[string, ReturnType<typeof read>, object | undefined]>([
  ['a text', read({}), { id: '$1', text: 'Hi', sender: { id: ANN, name: 'Ann' }, conversation: { id: GROUP, kind: 'group' }, mentionsMe: false, at: 100 }],
  ['its own words are not told', read({}, { sender: '@claw:test' }), undefined],
  ['a notice is written by a program: none answers it', read({ msgtype: 'm.notice' }), undefined],
  ['what programs say to each other', read({ msgtype: 'm.key.verification.request' }), undefined],
  ['an edit is no new message', read({ 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' }, 'm.new_content': { msgtype: 'm.text', body: 'Ho' } }), undefined],
  ['what was taken back says nothing', read({ msgtype: undefined, body: undefined }), undefined],
  ['what somebody does', read({ msgtype: 'm.emote', body: 'waves' }), { text: '* waves' }],
  ['a kind nobody knows yet has words', read({ msgtype: 'org.example.hologram', body: 'Look' }), { text: 'Look' }],
  ['a place', read({ msgtype: 'm.location', body: 'Here', geo_uri: 'geo:1,2' }), { text: 'Here geo:1,2' }],
  ['a file', read({ msgtype: 'm.file', body: 'a.pdf', info: { mimetype: 'application/pdf', size: 5 } }), { text: '', attachments: [{ kind: 'file', name: 'a.pdf', type: 'application/pdf', bytes: 5 }] }],
  ['a picture with words', read({ msgtype: 'm.image', body: 'Look', filename: 'cat.png' }), { text: 'Look', attachments: [{ kind: 'image', name: 'cat.png' }] }],
  ['a sticker', read({ body: 'Wave' }, { type: 'm.sticker' }), { attachments: [{ kind: 'other', name: 'sticker Wave' }] }],
  ['a message nobody can read is told all the same', read({}, { type: 'm.room.encrypted' }), { text: '', attachments: [{ kind: 'other' }] }],
  ['a membership is none', read({}, { type: 'm.room.member' }), undefined],
  ['one of two', read({}, {}, { members: new Map([[ANN, 'Ann'], ['@claw:test', 'Claw']]) }), { conversation: { kind: 'direct' } }],
  ['a room it may not look into', read({}, {}, { members: undefined }), { conversation: { kind: 'unknown' } }],
  ['a thread', read({ 'm.relates_to': { rel_type: 'm.thread', event_id: '$0' } }), { thread: '$0' }],
  ['an answer is no thread, and does not repeat', read({ body: '> <@bob:test> Well?\n> Really\n\nYes', 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } }), { thread: undefined, text: 'Yes' }],
  ['what only looks like one is kept', read({ body: '> quoted\n\nYes' }), { text: '> quoted\n\nYes' }],
  ['an id too long to be whole elsewhere is nobody', read({}, { sender: `@${'a'.repeat(190)}:test` }), { text: 'Hi' }],
  ['a strange relation and strange mentions stop nothing', read({ 'm.relates_to': 7, 'm.mentions': { user_ids: 'all' } }), { text: 'Hi', mentionsMe: false }],
  ['it is meant', read({ 'm.mentions': { user_ids: ['@claw:test'] } }), { mentionsMe: true }],
  ['everybody is meant, and nobody in particular', read({ 'm.mentions': { room: true }, body: '@room claw' }), { mentionsMe: false }],
  ['who says whom they mean means nobody else', read({ 'm.mentions': {}, body: 'Claw is nice', ...link('https://matrix.to/#/@claw:test') }), { mentionsMe: false }],
  ['a link to it', read(link('https://matrix.to/#/@claw:test')), { mentionsMe: true }],
  ['a link to it, written otherwise', read(link('https://matrix.to/#/%40claw%3Atest')), { mentionsMe: true }],
  ['a link to it, of the newer kind', read(link('matrix:u/claw:test?action=chat')), { mentionsMe: true }],
  ['a link to another', read(link('https://matrix.to/#/@clawdia:test')), { mentionsMe: false }],
  ['its name', read({ body: 'claw: and you?' }), { mentionsMe: true }],
  ['its id, in what is answered', read({ body: '> <@claw:test> Well?\n\nYes', 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } }), { mentionsMe: true, text: 'Yes' }],
  ['a longer name', read({ body: 'clawdia, and you?' }), { mentionsMe: false }],
])('%s', (_, message, expected) => {
  if (!expected) return expect(message).toBeUndefined();
  expect(message).toMatchObject(expected);
});

test('somebody with an id that would be cut short is nobody in particular', () => {
  expect(read({}, { sender: `@${'a'.repeat(190)}:test` })?.sender).toBeUndefined();
  expect(readEvents([null, 7, {}, { type: 'm.room.message' }, { type: 'm.room.message', event_id: '$1', sender: ANN, origin_server_ts: 'now', content: {} }])).toEqual([]);
});
