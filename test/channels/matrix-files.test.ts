import { expect, test } from 'vitest';
import { matrixChannel } from '../../packages/gateway/src/drivers/channels/matrix/index.ts';
import { startCanary } from '../support/canary.ts';
import { type MatrixServer, startMatrixServer } from '../support/matrix-server.ts';
import { failureOf, openAdapter, type OpenAdapter } from '../support/open-adapter.ts';

const [DM, GROUP, ANN] = ['!dm:test', '!friends:test', '@ann:test'];
const PICTURE = { name: 'Kätzchen & co.png', type: 'image/png', content: Buffer.from('not really a picture') };
const ever = new AbortController().signal;

const start = async (): Promise<MatrixServer> => {
  const matrix = await startMatrixServer();
  matrix.room(DM, [ANN, matrix.me]);
  matrix.room(GROUP, [ANN, '@bob:test', matrix.me]);
  return matrix;
};
const open = (matrix: MatrixServer): Promise<OpenAdapter> => openAdapter(matrixChannel, { homeserver: `${matrix.url}/`, accessToken: matrix.token });

const told = async (matrix: MatrixServer, { received }: OpenAdapter, url: unknown) => {
  const before = received.length;
  matrix.says(DM, ANN, { msgtype: 'm.image', body: 'cat.png', url });
  await matrix.until(() => received.length > before);
  return received.at(-1)?.attachments[0]?.fetch;
};

test('a homeserver of before is asked where it has its media', async () => {
  await using matrix = await start();
  await using opened = await open(matrix);
  matrix.knowsOnlyOldMedia();
  const bring = await told(matrix, opened, matrix.has(PICTURE));
  expect(String(await bring?.(1_000, ever))).toBe('not really a picture');
  const asked = matrix.calls.map(({ path }) => path).filter((path) => path.includes('/media/'));
  expect(asked).toEqual(['/_matrix/client/v1/media/download/test/media_1', '/_matrix/media/v3/download/test/media_1']);
  matrix.befalls('download', { status: 403, errcode: 'M_FORBIDDEN' });
  expect(await failureOf(bring?.(1_000, ever))).toMatchObject({ kind: 'permanent', message: 'the homeserver answered with status 403' });
});

test('only the homeserver is asked, whatever an address says', async () => {
  await using matrix = await start();
  await using canary = await startCanary();
  await using opened = await open(matrix);
  const host = new URL(canary.url).host;
  for (const address of [
    canary.url, `mxc://${host}`, `mxc://${host}/a/b`, `mxc://${host}/../x`, `mxc://${host}/a?b`, `mxc://${host}/a%2Fb`, 'mxc:///a', 'MXC://test/a', 'mxc://te st/a', 'mxc://a@test/b', ' mxc://test/a',
    `mxc://test/${'a'.repeat(256)}`, 7, { a: 1 }, undefined,
  ]) expect([address, await told(matrix, opened, address)]).toEqual([address, undefined]);
  // Of another server our own asks.
  const elsewhere = await told(matrix, opened, `mxc://${host}/media_1`);
  expect((await failureOf(elsewhere?.(1_000, ever))).kind).toBe('permanent');
  expect(matrix.calls.map(({ path }) => path)).toContain(`/_matrix/media/v3/download/${host}/media_1`);
  const ipv6 = await told(matrix, opened, 'mxc://[::1]:8448/media_1');
  expect((await failureOf(ipv6?.(1_000, ever))).kind).toBe('permanent');
  expect(canary.visits).toEqual([]);
});

test('a picture is shown as one, in its thread or to what it answers', async () => {
  await using matrix = await start();
  await using opened = await open(matrix);
  const asked = matrix.says(GROUP, ANN, 'a picture?');
  await opened.adapter.sendFile?.({ ...PICTURE, address: { channel: 'matrix', to: GROUP, inReplyTo: asked }, key: 'send_1-0' });
  await opened.adapter.sendFile?.({ name: 'a.ogg', type: 'audio/ogg', content: Buffer.from('x'), address: { channel: 'matrix', to: GROUP, thread: asked }, key: 'send_1-1' });
  expect(matrix.calls.filter(({ path }) => path.includes('/send/')).map(({ body }) => body)).toEqual([
    {
      msgtype: 'm.image', body: PICTURE.name, filename: PICTURE.name, url: 'mxc://test/media_1', info: { mimetype: 'image/png', size: 20 }, 'm.mentions': {},
      'm.relates_to': { 'm.in_reply_to': { event_id: asked } },
    },
    {
      msgtype: 'm.audio', body: 'a.ogg', filename: 'a.ogg', url: 'mxc://test/media_2', info: { mimetype: 'audio/ogg', size: 1 }, 'm.mentions': {},
      'm.relates_to': { rel_type: 'm.thread', event_id: asked, is_falling_back: true, 'm.in_reply_to': { event_id: asked } },
    },
  ]);
  expect(matrix.sentFiles(GROUP)).toMatchObject([{ name: PICTURE.name, type: 'image/png', msgtype: 'm.image' }, { name: 'a.ogg' }]);
});

test('what fails before it is told in the room has not happened', async () => {
  await using matrix = await start();
  await using opened = await open(matrix);
  const send = (): Promise<unknown> | undefined => opened.adapter.sendFile?.({ ...PICTURE, address: { channel: 'matrix', to: DM }, key: 'send_1-0' });
  matrix.befalls('upload', { cut: 'after' }, { html: 502 }, { status: 413, errcode: 'M_TOO_LARGE' }, { status: 429, errcode: 'M_LIMIT_EXCEEDED', more: { retry_after_ms: 2_000 } }, { status: 401, errcode: 'M_UNKNOWN_TOKEN', more: { error: `Unknown token ${matrix.token}` } });
  const failures = [];
  for (let i = 0; i < 5; i++) failures.push(await failureOf(send()));
  expect(failures.map(({ kind, retryAfterMs }) => [kind, retryAfterMs])).toEqual([['passing', undefined], ['passing', undefined], ['permanent', undefined], ['passing', 2_000], ['passing', undefined]]);
  expect(failures.map(({ message }) => message).join()).not.toContain(matrix.token);
  matrix.befalls('send', { cut: 'after' });
  expect((await failureOf(send())).kind).toBe('unknown');
  await send();
  expect(matrix.sentFiles(DM)).toHaveLength(1);
});
