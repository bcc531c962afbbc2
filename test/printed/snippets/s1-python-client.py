# 001_a00a76f36b560df4.txt:235-288, restored: indentation
import asyncio
import json
import websockets

class OpenClawClient:
    def __init__(self, url='ws://localhost:18789', token=None):
        self.url = f'{url}?token={token}' if token else url
        self.ws = None
        self.counter = 0
        self.pending = {}

    async def connect(self):
        self.ws = await websockets.connect(self.url)
        asyncio.create_task(self._listen())

    async def _listen(self):
        async for data in self.ws:
            msg = json.loads(data)
            msg_id = msg.get('id')
            if msg_id and msg_id in self.pending:
                self.pending[msg_id].set_result(msg)
                del self.pending[msg_id]

    async def send(self, msg_type, payload):
        self.counter += 1
        msg_id = f'req-{self.counter}'
        future = asyncio.get_event_loop().create_future()
        self.pending[msg_id] = future
        await self.ws.send(json.dumps({
            'type': msg_type,
            'id': msg_id,
            'payload': payload
        }))
        return await future

    async def chat(self, text, **options):
        return await self.send('chat', {'text': text, **options})

    async def invoke_skill(self, skill, args=None):
        return await self.send('skill_invoke', {'skill': skill, 'args': args or {}})

    async def heartbeat(self, dry_run=False):
        return await self.send('heartbeat_trigger', {'dry_run': dry_run})

# Usage
async def main():
    import os
    client = OpenClawClient(token=os.environ.get('OPENCLAW_AUTH_TOKEN'))
    await client.connect()

    reply = await client.chat('What happened overnight?')
    print(reply['payload']['text'])

asyncio.run(main())
