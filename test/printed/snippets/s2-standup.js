// 002_805bb14c45a89d79.txt:346-355, as printed
const response = await client.messages.send({
workspace: 'engineering',
userId: 'standup-bot',
message: 'Summarize all GitHub commits and Jira tickets closed yesterday for the team standup.'
});
// Post to Slack
await slackClient.chat.postMessage({
channel: '#standup',
text: response.response
});
