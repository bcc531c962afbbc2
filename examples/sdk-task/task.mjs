import { OpenClaw } from 'openclaw-sdk';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_TOKEN } = process.env;
if (!OPENCLAW_TOKEN) {
  console.error('OPENCLAW_TOKEN is missing: README.md says how to make one.');
  process.exit(1);
}

const client = new OpenClaw({ baseUrl: OPENCLAW_URL, token: OPENCLAW_TOKEN });

try {
  const task = await client.tasks.create({ prompt: process.argv[2] ?? 'Analyze the error logs from today' });
  console.error(`${task.id} is ${task.status}`);

  const result = await client.tasks.waitForCompletion(task.id);
  console.log(result.output);
  for (const { path, change } of result.files) console.log(`${change}: ${path}`);
} catch (error) {
  // Also where the task failed: then there is no result.
  console.error(error.message);
  process.exitCode = 1;
}
