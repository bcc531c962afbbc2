// 001_a00a76f36b560df4.txt:49, as printed
const ws = new WebSocket('ws://localhost:18789?token=your-auth-token');
