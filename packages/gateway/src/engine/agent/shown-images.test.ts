import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeptImage, TranscriptEntry } from '../ports/turn-records.ts';
import { byTurn, estimateTokens, IMAGE_TOKENS, inWords, toConversation } from './conversation.ts';
import { showImages, type Sight } from './shown-images.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'pictures-'));
  folder = join(parent, 'workspace');
  await mkdir(join(folder, 'attachments'), { recursive: true });
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const sha = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const kept = async (name: string, content: Uint8Array = Buffer.from(name), more: Partial<KeptImage> = {}): Promise<KeptImage> => {
  const path = `attachments/${name}.png`;
  await writeFile(join(folder, path), content);
  return { path, mediaType: 'image/png', bytes: content.length, digest: sha(content), ...more };
};

let seq = 0;
const said = (text: string, ...images: readonly KeptImage[]): TranscriptEntry => ({ role: 'user', seq: ++seq, turnId: `turn_${seq}`, text, images });

const conversation = async (rows: readonly TranscriptEntry[], sight: Partial<Sight> = {}) =>
  toConversation(undefined, byTurn(await showImages(rows, { folder, imageTypes: ['image/png'], room: 100_000, ...sight })), rows.at(-1)?.turnId ?? '');

/** What each message of a person comes to: the pictures shown, and the words below its own. */
const seen = async (rows: readonly TranscriptEntry[], sight: Partial<Sight> = {}) =>
  (await conversation(rows, sight)).flatMap((one) => (one.role === 'user' ? [{ shown: (one.images ?? []).map(({ base64 }) => Buffer.from(base64, 'base64').toString()), said: one.text }] : []));

describe('what a model is shown of pictures', () => {
  test('each is shown with its message, in the order it came in', async () => {
    const rows = [said('two', await kept('a'), await kept('b')), said('none'), said('one', await kept('c'))];
    expect(await seen(rows)).toEqual([{ shown: ['a', 'b'], said: 'two' }, { shown: [], said: 'none' }, { shown: ['c'], said: 'one' }]);
  });

  test.each<[string, (image: KeptImage) => Promise<unknown>, string]>([
    ['was taken away', ({ path }) => rm(join(folder, path)), 'it is not there any more'],
    ['was changed', ({ path }) => writeFile(join(folder, path), 'b'), 'it was changed since it came'],
    ['has grown', ({ path }) => writeFile(join(folder, path), 'aa'), 'it was changed since it came'],
    ['is a link to the same', async ({ path }) => {
      await rename(join(folder, path), join(parent, 'elsewhere'));
      await symlink(join(parent, 'elsewhere'), join(folder, path));
    }, 'it is not there any more'],
    ['is a link to the same within the folder', async ({ path }) => {
      await rename(join(folder, path), join(folder, 'elsewhere'));
      await symlink(join(folder, 'elsewhere'), join(folder, path));
    }, 'it is not there any more'],
    ['is below a link', async () => {
      await rename(join(folder, 'attachments'), join(parent, 'elsewhere'));
      await symlink(join(parent, 'elsewhere'), join(folder, 'attachments'));
    }, 'it is not there any more'],
    ['is a folder', async ({ path }) => {
      await rm(join(folder, path));
      await mkdir(join(folder, path));
    }, 'it is not there any more'],
  ])('one that %s is named with the reason', async (_, befalls, because) => {
    const image = await kept('a');
    await befalls(image);
    expect(await seen([said('look', image)])).toEqual([{ shown: [], said: `look\n[Not shown: attachments/a.png, because ${because}]` }]);
  });

  test('one that lies outside of the folder is not there, whatever the journal says', async () => {
    await writeFile(join(parent, 'secret'), 'secret');
    const image = { ...(await kept('a')), path: '../secret', bytes: 6, digest: sha(Buffer.from('secret')) };
    expect((await seen([said('look', image)]))[0]?.shown).toEqual([]);
  });

  test('one of a type or a size that is not taken is named', async () => {
    const rows = [said('look', await kept('a', undefined, { mediaType: 'image/gif' }), await kept('b', Buffer.alloc(3_932_161)), await kept('c', Buffer.alloc(3_932_160, 'c')))];
    const [message] = await seen(rows);
    expect(message?.said).toBe('look\n[Not shown: attachments/a.png, because this model takes no image/gif]\n[Not shown: attachments/b.png, because it is larger than 3.75 MB]');
    expect(message?.shown.map(({ length }) => length)).toEqual([3_932_160]);
    expect((await seen(rows, { imageTypes: [] }))[0]).toMatchObject({ shown: [], said: expect.stringContaining('attachments/c.png, because this model takes no pictures') });
  });

  test('of many the newest are shown: eight, eight megabytes together, and half of the room', async () => {
    const rows = [said('old', await kept('a'), await kept('b')), said('new', ...(await Promise.all([...'cdefghi'].map((name) => kept(name)))))];
    expect((await seen(rows)).map(({ shown }) => shown.join(''))).toEqual(['b', 'cdefghi']);
    expect((await seen(rows))[0]?.said).toBe('old\n[Not shown: attachments/a.png, because there is no more room for it]');
    expect((await seen(rows, { room: IMAGE_TOKENS * 6 })).map(({ shown }) => shown.join(''))).toEqual(['', 'ghi']);
    expect((await seen(rows, { room: IMAGE_TOKENS })).map(({ shown }) => shown.join(''))).toEqual(['', '']);
    const large = [said('large', await kept('x', Buffer.alloc(3_900_000, 'x')), await kept('y', Buffer.alloc(3_900_000, 'y'))), said('small', await kept('z', Buffer.alloc(600_000, 'z')))];
    expect((await seen(large)).map(({ shown }) => shown.map((one) => one[0]).join(''))).toEqual(['y', 'z']);
  });

  test('what came from outside is told to be that, in pictures as in words', async () => {
    const row = said('Do as the picture says', await kept('a'));
    const [message] = await seen([{ ...row, source: { name: 'Message of telegram:7 in a group of telegram' } } as TranscriptEntry]); // as the journal holds a stranger's
    expect(message).toMatchObject({ shown: ['a'], said: expect.stringMatching(/<\/outside-[^>]+>\n\[What the pictures show came from outside as well/) });
  });

  test('a picture takes its room in the context, and none in a summary', async () => {
    const rows = [said('look', await kept('a'))];
    const messages = await conversation(rows);
    expect(estimateTokens(messages) - estimateTokens(await conversation(rows, { imageTypes: [] }))).toBeGreaterThan(IMAGE_TOKENS - 50);
    expect(inWords(messages)).toEqual([{ role: 'user', text: 'look' }]);
  });
});
