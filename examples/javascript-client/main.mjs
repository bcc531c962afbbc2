import { OpenClawClient } from './client.mjs';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_API_KEY } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

const client = new OpenClawClient(OPENCLAW_URL, OPENCLAW_API_KEY);
try {
  console.log('Agent:', (await client.sendMessage('Hello from JavaScript!')).reply);
  console.log('Task: ', (await client.spawnTask('Generate a haiku about programming')).reply);
  console.log('Used: ', (await client.getSessionStatus()).tokensUsed, 'tokens in main');
} catch (error) {
  console.error(`${OPENCLAW_URL}: ${error.message}`);
  process.exitCode = 1;
}
