/** The floor for what is read: one route that checks a bearer token by its SHA-256 and answers JSON of the given size. */
import { createHash, timingSafeEqual } from 'node:crypto';
import fastify from 'fastify';

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const expected = hashOf(process.env['FLOOR_TOKEN'] ?? '');
// Of an object, so that the floor too writes its JSON for each answer.
const answer: unknown = JSON.parse(process.env['FLOOR_ANSWER'] ?? '{}');

const app = fastify();
app.get('/read', async (request, reply) => {
  const secret = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!timingSafeEqual(hashOf(secret), expected)) return reply.code(401).send({ error: 'no' });
  return answer;
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
