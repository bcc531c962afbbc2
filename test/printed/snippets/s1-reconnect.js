// 001_a00a76f36b560df4.txt:911-940, as printed
function connectWithRetry(url, maxRetries = 10) {
let retries = 0;

function connect() {
const ws = new WebSocket(url);

ws.onopen = () => {
retries = 0;
console.log('Connected');
};

ws.onclose = () => {
if (retries < maxRetries) {
const delay = Math.min(1000 * Math.pow(2, retries), 30000);
retries++;
console.log(`Reconnecting in ${delay}ms (attempt ${retries})`);
setTimeout(connect, delay);
}
};

ws.onerror = (err) => {
console.error('WebSocket error:', err.message);
ws.close();
};

return ws;
}

return connect();
}
