/** The floor for turns: a bare Fastify route that validates, makes the same streaming model call and stores nothing. */
import fastify from 'fastify';
import { Agent } from 'undici';
import { z } from 'zod';

const modelUrl = process.env['MODEL_URL'] ?? '';
// The call the gateway makes, with its instructions and tools.
const call = z.looseObject({ messages: z.array(z.unknown()) }).parse(JSON.parse(process.env['MODEL_CALL'] ?? ''));
const agent = new Agent({ connections: 128 });
const Body = z.object({ text: z.string().min(1), session: z.string().default('main') });

const ask = async (text: string): Promise<string> => {
  const { body } = await agent.request({
    origin: modelUrl,
    path: '/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ ...call, messages: [...call.messages.slice(0, -1), { role: 'user', content: text }] }),
  });
  let answer = '';
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    pending += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
      const { choices } = JSON.parse(line.slice(6)) as { choices?: { delta?: { content?: string } }[] };
      answer += choices?.[0]?.delta?.content ?? '';
    }
  }
  return answer;
};

const app = fastify();
app.post('/turn', async (request) => {
  const { text } = Body.parse(request.body);
  return { text: await ask(text) };
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
