// 002_805bb14c45a89d79.txt:271-280, as printed
// Express.js handler
app.post('/openclaw-events', express.raw({ type: 'application/json' }), (req, res) => {
const sig = req.headers['x-openclaw-signature'];
if (!verifyWebhook(req.body, sig, process.env.WEBHOOK_SECRET)) {
return res.status(401).send('Invalid signature');
}
const event = JSON.parse(req.body);
console.log('Event:', event.event, event.data);
res.status(200).send('OK');
});
