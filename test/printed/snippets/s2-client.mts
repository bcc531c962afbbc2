// 002_805bb14c45a89d79.txt:287-310, as printed
import { OpenClaw } from '@openclaw/api-client';
const client = new OpenClaw({
baseUrl: process.env.OPENCLAW_URL ?? 'http://localhost:3000',
apiKey: process.env.OPENCLAW_API_KEY!
});
// Send a message
const response = await client.messages.send({
workspace: 'team',
userId: 'my-app',
message: 'What is the status of our deployment?'
});
console.log(response.response);
// Stream a response
process.stdout.write('Response: ');
for await (const token of client.messages.stream({
workspace: 'team',
userId: 'my-app',
message: 'Write a comprehensive deployment checklist'
})) {
process.stdout.write(token);
}
// Get stats
const stats = await client.stats.get({ from: '2026-04-01', to: '2026-04-30' });
console.log('Total messages this month:', stats.totals.messages);
