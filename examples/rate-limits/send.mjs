import { OpenClaw } from '@openclaw/api-client';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_API_KEY } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

const LATER = 75;
const client = new OpenClaw({ baseUrl: OPENCLAW_URL, apiKey: OPENCLAW_API_KEY, maxRetries: 0 });

try {
  const { response } = await client.messages.send({ workspace: 'team', userId: 'rate-limits', message: process.argv[2] ?? 'Hello!' });
  console.log(response);
} catch (error) {
  if (error.status === 429) {
    const resetAt = new Date(error.headers['x-ratelimit-reset'] * 1000);
    console.error(`Rate limited. Retry after ${resetAt.toLocaleTimeString('en-GB')}`);
    process.exitCode = LATER;
  } else if (error.status === 503) {
    console.error('OpenClaw is starting up, retry in a few seconds');
    process.exitCode = LATER;
  } else {
    throw error;
  }
}
