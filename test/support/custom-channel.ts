/** A channel of the owner's own making in a state directory, with Express where its imports find it. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export const writeChannel = async (state: string, name: string, source: string): Promise<void> => {
  const folder = join(state, 'channels', name);
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(ROOT, 'node_modules/express'), join(folder, 'node_modules/express'));
  await writeFile(join(folder, 'index.ts'), source);
};

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** A request signed as the printed channel checks it: over the body as JSON. */
export const askSigned = (url: string, { method = 'POST', body = {}, secret }: { readonly method?: string; readonly body?: object; readonly secret: string }): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const signature = createHmac('sha256', secret).update(text).digest('hex');
    const asked = request(url, { method, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-signature': signature } }, (response) => {
      let answer = '';
      response.on('data', (chunk) => (answer += String(chunk)));
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, json: JSON.parse(answer) });
        } catch {
          resolve({ status: response.statusCode ?? 0, json: answer });
        }
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
