/** The floor for idle memory: a Fastify server with one route. */
import fastify from 'fastify';

const app = fastify();
app.get('/', async () => ({ ok: true }));
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
