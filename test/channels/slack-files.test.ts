import { expect, test } from 'vitest';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { slackFiles } from '../../packages/gateway/src/drivers/channels/slack/slack-files.ts';
import type { HttpClient } from '../../packages/gateway/src/engine/ports/http-client.ts';
import { startCanary } from '../support/canary.ts';
import { failureOf, openAdapter, type OpenAdapter } from '../support/open-adapter.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

const PICTURE = { name: 'cat.png', type: 'image/png', content: Buffer.from('not really a picture') };
const ever = new AbortController().signal;
const open = (slack: SlackServer): Promise<OpenAdapter> => openAdapter(slackChannel, { botToken: slack.botToken, appToken: slack.appToken, apiUrl: slack.url });

/** How what came last can be brought. */
const told = async (slack: SlackServer, { received }: OpenAdapter, file: Readonly<Record<string, unknown>>) => {
  const before = received.length;
  slack.says({ text: 'look', subtype: 'file_share', files: [file] });
  await slack.until(() => received.length > before);
  return received.at(-1)?.attachments[0]?.fetch;
};

test('the token goes to Slack and to nobody else, wherever a file is said to lie and wherever Slack points', async () => {
  await using slack = await startSlackServer();
  await using canary = await startCanary();
  await using opened = await open(slack);
  expect(await told(slack, opened, { id: 'F1', name: 'x', mode: 'external', url_private: `${canary.url}/x`, url_private_download: `${canary.url}/x` })).toBeUndefined();
  const bring = await told(slack, opened, slack.files.has(PICTURE));
  expect(String(await bring?.(1_000, ever))).toBe('not really a picture');
  expect(slack.files.asked.map(({ authorization }) => authorization)).toEqual([`Bearer ${slack.botToken}`]);
  slack.files.pointsTo = `${canary.url}/stolen`;
  expect(await failureOf(bring?.(1_000, ever))).toMatchObject({ kind: 'permanent', message: 'Slack answered with status 302' });
  // Round and round is no way either.
  slack.files.pointsTo = `${slack.url.replace('/api', '')}/files-pri/F1`;
  expect((await failureOf(bring?.(1_000, ever))).message).toBe('Slack answered with status 302');
  expect(slack.files.asked).toHaveLength(6);
  expect(canary.visits).toEqual([]);
});

const ASKED: { url: string; authorization: string | undefined }[] = [];
/** Points once from where Slack keeps files to `place`. */
const pointing = (place: string): HttpClient => ({
  request: async (url, { headers }) => {
    ASKED.push({ url, authorization: headers?.['authorization'] });
    const isFirst = ASKED.length === 1;
    return { status: isFirst ? 302 : 200, headers: isFirst ? { location: place } : {}, body: (async function* () {})(), text: async () => '', bytes: async () => Buffer.from('content') };
  },
  listens: async () => false,
});

test.each<[string, string, string | undefined]>([
  ['https://files.slack.com/files-pri/T1-F1/x', 'https://files-origin.slack.com/x', 'Bearer xoxb-t'],
  ['https://files.slack.com/files-pri/T1-F1/x', '/other', 'Bearer xoxb-t'],
  ['https://team.enterprise.slack.com/files-pri/T1-F1/x', 'https://a.slack-edge.com/x?signed', undefined],
  ['https://slack.com/files-pri/T1-F1/x', 'https://slack-files.com/x', undefined],
])('from %s on to %s', async (url, place, authorization) => {
  ASKED.length = 0;
  const { fetchOf } = slackFiles({ http: pointing(place), apiUrl: 'https://slack.com/api', token: 'xoxb-t', mask: (text) => text, signal: ever }, () => expect.fail('nothing is asked'));
  expect(String(await fetchOf({ url_private_download: url })?.(1_000, ever))).toBe('content');
  expect(ASKED).toEqual([{ url, authorization: 'Bearer xoxb-t' }, { url: new URL(place, url).href, authorization }]);
});

test.each([
  'https://evil.example/files-pri/T1-F1/x', 'https://files.slack.com.evil.example/x', 'https://evilslack.com/x', 'https://files.slack.com@evil.example/x', 'https://a:b@files.slack.com/x',
  'http://files.slack.com/x', 'https://files.slack.com:8443/x', 'https://files.slack.com./x', 'file:///etc/passwd', 'https://slack-files.com/x', '//files.slack.com/x', 'nonsense', '',
])('nothing is brought from %s', (url) => {
  const { fetchOf } = slackFiles({ http: pointing(''), apiUrl: 'https://slack.com/api', token: 'xoxb-t', mask: (text) => text, signal: ever }, () => expect.fail('nothing is asked'));
  expect(fetchOf({ url_private_download: url })).toBeUndefined();
});

test('a file of which a message says no more than that it is there is asked after', async () => {
  await using slack = await startSlackServer();
  await using opened = await open(slack);
  const { id } = slack.files.has(PICTURE);
  const bring = await told(slack, opened, { id, mode: 'file_access', file_access: 'check_file_info' });
  expect(String(await bring?.(1_000, ever))).toBe('not really a picture');
  expect(await told(slack, opened, { id, mode: 'tombstone' })).toBeUndefined();
});

test('an app without the right to read files is told so, and no page is taken for a file', async () => {
  await using slack = await startSlackServer();
  await using opened = await open(slack);
  const bring = await told(slack, opened, slack.files.has(PICTURE));
  const page = await told(slack, opened, slack.files.has({ name: 'a.html', type: 'text/html', content: Buffer.from('<!DOCTYPE html><p>Hi') }));
  expect(String(await page?.(1_000, ever))).toBe('<!DOCTYPE html><p>Hi');
  slack.files.withheld = true;
  expect(await failureOf(bring?.(1_000, ever))).toMatchObject({ kind: 'permanent', message: 'Slack showed a page in its place: the app needs the scope files:read' });
});

test('a file goes into its thread; what fails before it is shown has not happened, and a right that is missing is named', async () => {
  await using slack = await startSlackServer();
  await using opened = await open(slack);
  const file = { ...PICTURE, address: { channel: 'slack', to: 'C0TEAM', thread: '99.1' } };
  const send = (): Promise<unknown> | undefined => opened.adapter.sendFile?.(file);
  await send();
  expect(slack.files.sent).toMatchObject([{ channel: 'C0TEAM', thread: '99.1', name: 'cat.png', type: 'image/png' }]);
  slack.befalls('files.getUploadURLExternal', { cut: 'after' }, { status: 429, retryAfter: 3 }, { error: 'missing_scope' }, { error: 'internal_error' }, { error: 'token_revoked' });
  expect((await failureOf(send())).kind).toBe('passing');
  expect(await failureOf(send())).toMatchObject({ kind: 'passing', retryAfterMs: 3_000 });
  expect((await failureOf(send())).kind).toBe('permanent');
  expect((await failureOf(send())).kind).toBe('passing');
  expect((await failureOf(send())).kind).toBe('passing');
  slack.files.full = true;
  expect(await failureOf(send())).toMatchObject({ kind: 'passing', message: 'Slack answered the file with status 503' });
  slack.files.full = false;
  slack.befalls('files.completeUploadExternal', { cut: 'before' });
  expect((await failureOf(send())).kind).toBe('unknown');
  expect(slack.files.sent).toHaveLength(1);
});

test('a file for a person goes into the conversation with them, which is opened once; a right that is missing is named', async () => {
  await using slack = await startSlackServer();
  await using opened = await open(slack);
  const send = (to: string): Promise<unknown> | undefined => opened.adapter.sendFile?.({ ...PICTURE, address: { channel: 'slack', to } });
  slack.befalls('conversations.open', { error: 'missing_scope' }, { cut: 'after' }, { error: 'token_revoked' });
  expect(await failureOf(send('U0ANN'))).toMatchObject({ kind: 'permanent', message: expect.stringContaining('conversations.open: missing_scope') });
  expect((await failureOf(send('U0ANN'))).kind).toBe('passing');
  expect((await failureOf(send('U0ANN'))).kind).toBe('passing');
  // Nothing was put anywhere by then.
  expect(slack.calls.some(({ method }) => method.startsWith('files.'))).toBe(false);
  for (const to of ['U0ANN', 'U0ANN', 'W0BOB', 'D0ANN']) await send(to);
  expect(slack.files.sent.map(({ channel }) => channel)).toEqual(['D0ANN', 'D0ANN', 'D0BOB', 'D0ANN']);
  expect(slack.calls.filter(({ method }) => method === 'conversations.open').map(({ parameters }) => parameters)).toEqual([...Array.from({ length: 4 }, () => ({ users: 'U0ANN' })), { users: 'W0BOB' }]);
});
