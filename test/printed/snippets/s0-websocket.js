// 000_4d4d84985841a2ae.txt:120-131, as printed, without the heading "CLI as an API"
const ws = new WebSocket('ws://localhost:18789/ws?token=your-token');
ws.onopen = () => {
ws.send(JSON.stringify({
type: 'message',
session: 'main',
content: 'Hello!'
}));
};
ws.onmessage = (event) => {
const data = JSON.parse(event.data);
console.log('Agent response:', data.content);
};
