// 002_805bb14c45a89d79.txt:126-156, as printed
async function streamMessage(message) {
const res = await fetch('/api/v1/messages/stream', {
method: 'POST',
headers: {
'Authorization': `Bearer ${process.env.OPENCLAW_API_KEY}`,
'Content-Type': 'application/json'
},
body: JSON.stringify({
workspace: 'team',
userId: 'api-user',
message
})
});
const reader = res.body.getReader();
const decoder = new TextDecoder();
let buffer = '';
while (true) {
const { done, value } = await reader.read();
if (done) break;
buffer += decoder.decode(value, { stream: true });
const lines = buffer.split('\n');
buffer = lines.pop(); // keep incomplete line in buffer
for (const line of lines) {
if (!line.startsWith('data: ')) continue;
const data = JSON.parse(line.slice(6));
if (data.type === 'token') process.stdout.write(data.content);
if (data.type === 'done') console.log('\n\nDone:', data.tokensUsed, 'tokens');
}
}
}
streamMessage('Explain Docker networking in 3 paragraphs');
