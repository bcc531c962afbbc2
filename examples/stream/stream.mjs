const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_API_KEY } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

async function* streamMessage(message) {
  const response = await fetch(`${OPENCLAW_URL}/api/v1/messages/stream`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${OPENCLAW_API_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ workspace: 'team', userId: 'stream-example', message }),
  });
  // What is refused is refused before the stream begins.
  if (!response.ok) throw new Error((await response.json()).error.message);

  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of response.body) {
    buffer += decoder.decode(chunk, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop(); // the rest of this line comes with the next chunk
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6));
  }
}

try {
  for await (const event of streamMessage(process.argv[2] ?? 'Hello!')) {
    if (event.type === 'token') process.stdout.write(event.content);
    if (event.type === 'tool_use') console.error(`\n[${event.tool}]`);
    if (event.type === 'retry') console.error('\n[the words above are void; they come again]');
    if (event.type === 'done') console.log('\n\nDone:', event.tokensUsed, 'tokens');
    if (event.type === 'error') throw new Error(event.message);
  }
} catch (error) {
  console.error(`${OPENCLAW_URL}: ${error.message}`);
  process.exitCode = 1;
}
