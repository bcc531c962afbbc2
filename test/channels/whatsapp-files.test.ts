import { expect, test } from 'vitest';
import { whatsappChannel } from '../../packages/gateway/src/drivers/channels/whatsapp/index.ts';
import { startCanary } from '../support/canary.ts';
import { failureOf, openAdapter, type OpenAdapter } from '../support/open-adapter.ts';
import { startWhatsappServer, type WhatsappServer } from '../support/whatsapp-server.ts';

const PICTURE = { name: 'cat.jpg', type: 'image/jpeg', content: Buffer.from('not really a picture') };
const ever = new AbortController().signal;

const open = async (whatsapp: WhatsappServer): Promise<OpenAdapter> => {
  const opened = await openAdapter(whatsappChannel, whatsapp.section);
  whatsapp.comesTo(async (body, signature) => {
    const answer = await opened.adapter.answer?.({ method: 'POST', header: (name) => (name === 'x-hub-signature-256' ? signature : undefined), parameter: () => undefined, body: Buffer.from(body) }, opened.context);
    return answer?.outcome === 'taken' ? 200 : 401;
  });
  return opened;
};

const told = async (whatsapp: WhatsappServer, { received }: OpenAdapter, id: unknown) => {
  const before = received.length;
  whatsapp.says({ more: { type: 'image', image: { id, mime_type: 'image/jpeg' } } });
  await whatsapp.until(() => received.length > before);
  return received.at(-1)?.attachments[0]?.fetch;
};

test('the token goes to WhatsApp and to nobody else, wherever a file is said to lie', async () => {
  await using whatsapp = await startWhatsappServer();
  await using canary = await startCanary();
  await using opened = await open(whatsapp);
  const bring = await told(whatsapp, opened, whatsapp.has(PICTURE));
  expect(String(await bring?.(1_000, ever))).toBe('not really a picture');
  expect(whatsapp.asked).toEqual([{ authorization: `Bearer ${whatsapp.section.accessToken}`, agent: 'openclaw' }]);
  for (const url of [`${canary.url}/x`, 'https://lookaside.fbsbx.com.evil.example/x', 'https://fbsbx.com/x', 'http://lookaside.fbsbx.com/x', 'https://a@lookaside.fbsbx.com/x', 'https://lookaside.fbsbx.com:444/x', 'nonsense']) {
    whatsapp.liesAt(url);
    expect([url, (await failureOf(bring?.(1_000, ever))).message]).toEqual([url, 'it does not lie with WhatsApp']);
  }
  expect(canary.visits).toEqual([]);
});

test('an id that is none is not asked for', async () => {
  await using whatsapp = await startWhatsappServer();
  await using opened = await open(whatsapp);
  for (const id of ['../me', '1?fields=x', 'a/b', '', undefined]) expect([id, await told(whatsapp, opened, id)]).toEqual([id, undefined]);
  const gone = await told(whatsapp, opened, '12345');
  expect((await failureOf(gone?.(1_000, ever))).kind).toBe('permanent');
});

test.each([
  ['a picture', PICTURE, { kind: 'image', type: 'image/jpeg' }],
  ['a large picture as a document', { ...PICTURE, content: Buffer.alloc(5 * 1024 * 1024 + 1) }, { kind: 'document', type: 'image/jpeg', name: 'cat.jpg' }],
  ['a table as plain text, by its own name', { name: 'a.csv', type: 'text/csv', content: Buffer.from('a,b') }, { kind: 'document', type: 'text/plain', name: 'a.csv' }],
  ['so is JSON', { name: 'a.json', type: 'application/json', content: Buffer.from('{}') }, { kind: 'document', type: 'text/plain', name: 'a.json' }],
  ['a document', { name: 'Größe.pdf', type: 'application/pdf', content: Buffer.from('%PDF') }, { kind: 'document', type: 'application/pdf', name: 'Größe.pdf' }],
])('%s', async (_, file, shown) => {
  await using whatsapp = await startWhatsappServer();
  await using opened = await open(whatsapp);
  await opened.adapter.sendFile?.({ ...file, address: { channel: 'whatsapp', to: whatsapp.ann } });
  expect(whatsapp.sentFiles(whatsapp.ann)).toMatchObject([shown]);
  expect(whatsapp.sentFiles()[0]?.content).toHaveLength(file.content.length);
});

test('what fails before it is shown has not happened; a kind that is not taken is named', async () => {
  await using whatsapp = await startWhatsappServer();
  await using opened = await open(whatsapp);
  const send = (over: object = {}): Promise<unknown> | undefined => opened.adapter.sendFile?.({ ...PICTURE, ...over, address: { channel: 'whatsapp', to: whatsapp.ann } });
  whatsapp.befallsUpload({ cut: 'after' }, { html: 502 }, { status: 400, code: 80_007 }, { status: 401, code: 190, message: `Error validating access token ${whatsapp.section.accessToken}` });
  const failures = [];
  for (let i = 0; i < 4; i++) failures.push(await failureOf(send()));
  expect(failures.map(({ kind }) => kind)).toEqual(['passing', 'passing', 'passing', 'passing']);
  expect(failures.map(({ message }) => message).join()).not.toContain(whatsapp.section.accessToken);
  expect(await failureOf(send({ name: 'a.zip', type: 'application/zip' }))).toMatchObject({ kind: 'permanent', message: expect.stringContaining("Received file of type 'application/zip'") });
  whatsapp.befalls({ cut: 'after' });
  expect((await failureOf(send())).kind).toBe('unknown');
});
