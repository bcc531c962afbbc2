import { OpenClaw } from '@openclaw/api-client';

const { OPENCLAW_URL = 'http://localhost:3000', OPENCLAW_API_KEY, SLACK_WEBHOOK_URL } = process.env;
if (!OPENCLAW_API_KEY) {
  console.error('OPENCLAW_API_KEY is missing: README.md says how to make one.');
  process.exit(1);
}

const client = new OpenClaw({ baseUrl: OPENCLAW_URL, apiKey: OPENCLAW_API_KEY });

const { response } = await client.messages.send({
  workspace: 'engineering',
  userId: 'standup-bot',
  message: 'Summarize all GitHub commits and Jira tickets closed yesterday for the team standup.',
});

if (SLACK_WEBHOOK_URL) {
  const posted = await fetch(SLACK_WEBHOOK_URL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: response }),
  });
  if (!posted.ok) throw new Error(`Slack answered ${posted.status}`);
} else {
  console.log(response);
}
