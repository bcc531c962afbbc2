// 002_805bb14c45a89d79.txt:372-385, as printed
try {
const response = await client.messages.send({ ... });
} catch (error) {
if (error.status === 429) {
// Rate limited โ wait until reset
const resetAt = new Date(error.headers['x-ratelimit-reset'] * 1000);
console.log(`Rate limited. Retry after ${resetAt}`);
} else if (error.status === 503) {
// Gateway temporarily unavailable
console.log('OpenClaw is starting up, retry in a few seconds');
} else {
throw error;
}
}
