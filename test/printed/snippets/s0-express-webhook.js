// 000_4d4d84985841a2ae.txt:77-91, as printed
// Express.js webhook handler
app.post('/webhook/github', (req, res) => {
const event = req.body;
fetch('http://localhost:18789/api/sessions/main/messages', {
method: 'POST',
headers: {
'Authorization': 'Bearer your-token',
'Content-Type': 'application/json'
},
body: JSON.stringify({
message: `GitHub event: ${event.action} on ${event.repository.name}. ${event.pull_request?.title || ''}`
})
});
res.sendStatus(200);
});
