/**
 * The floor for what comes in: one route that verifies an HMAC over the body as it came and inserts one row, synced as the gateway's are: WAL and
 * `synchronous = FULL`. With `--together`, everything of one turn of the event loop is in one commit.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';

const secret = process.env['FLOOR_SECRET'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'openclaw-floor-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGTERM', () => process.exit(0));

const database = new DatabaseSync(join(folder, 'floor.sqlite'));
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE deliveries (id TEXT PRIMARY KEY, body TEXT NOT NULL, at INTEGER NOT NULL)');
const insert = database.prepare('INSERT INTO deliveries (id, body, at) VALUES (?, ?, ?)');

let waiting: { readonly id: string; readonly body: string; readonly done: () => void }[] = [];
const keepAtOnce = async (id: string, body: string): Promise<void> => void insert.run(id, body, Date.now());
const keepTogether = (id: string, body: string): Promise<void> =>
  new Promise((done) => {
    if (waiting.length === 0) setImmediate(commit);
    waiting.push({ id, body, done });
  });
const commit = (): void => {
  const batch = waiting;
  waiting = [];
  database.exec('BEGIN IMMEDIATE');
  for (const { id, body } of batch) insert.run(id, body, Date.now());
  database.exec('COMMIT');
  for (const { done } of batch) done();
};

const keep = process.argv.includes('--together') ? keepTogether : keepAtOnce;

const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/in', async (request, reply) => {
  const body = request.body as Buffer; // The parser above hands it over.
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const shown = Buffer.from(String(request.headers['x-hub-signature-256'] ?? ''));
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return reply.code(401).send({ error: 'no' });
  await keep(String(request.headers['x-github-delivery']), body.toString());
  return { ok: true };
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
