// 001_a00a76f36b560df4.txt:36-45, as printed
const ws = new WebSocket('ws://localhost:18789');

ws.onopen = () => {
console.log('Connected to OpenClaw gateway');
};

ws.onmessage = (event) => {
const msg = JSON.parse(event.data);
console.log('Received:', msg.type, msg.payload);
};
