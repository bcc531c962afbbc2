import { OpenClaw } from '@openclaw/api-client';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_API_KEY, SLACK_WEBHOOK_URL } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

const client = new OpenClaw({ baseUrl: OPENCLAW_URL, apiKey: OPENCLAW_API_KEY });

async function postToSlack(text) {
  const response = await fetch(SLACK_WEBHOOK_URL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  if (!response.ok) throw new Error(`Slack answered ${response.status}`);
}

try {
  const { response } = await client.messages.send({
    workspace: 'engineering',
    userId: 'standup-bot',
    message: 'Summarize all GitHub commits and Jira tickets closed yesterday for the team standup.',
  });
  if (SLACK_WEBHOOK_URL) await postToSlack(response);
  else console.log(response);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
