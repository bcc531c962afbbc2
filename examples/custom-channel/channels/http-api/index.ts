import express from 'express';
import crypto from 'crypto';

export default class HttpApiChannel {
  name = 'http-api';
  private app = express();
  private server: any;
  private gateway: any;

  async connect(config: any, context: any) {
    this.gateway = context;
    this.app.use(express.json());

    // Verify HMAC signature
    this.app.use((req, res, next) => {
      const signature = req.headers['x-signature'] as string;
      const expected = crypto
        .createHmac('sha256', config.hmac_secret)
        .update(JSON.stringify(req.body))
        .digest('hex');
      if (signature !== expected) return res.status(401).json({ error: 'Invalid signature' });
      next();
    });

    // POST /message — send a message to the agent
    this.app.post('/message', async (req, res) => {
      const message = {
        id: crypto.randomUUID(),
        channel: this.name,
        text: req.body.text,
        sender: { id: req.body.user_id, name: req.body.user_name },
        conversation: { id: req.body.conversation_id || 'default', type: 'direct' },
        timestamp: Date.now()
      };

      // Store callback for async reply
      this.pendingReplies.set(message.id, res);
      context.onMessage(message);
    });

    // GET /health
    this.app.get('/health', (req, res) => {
      res.json({ ok: true, uptime: process.uptime() });
    });

    const port = config.port || 18800;
    this.server = this.app.listen(port);
  }

  async sendReply(message: any, reply: string) {
    const res = this.pendingReplies.get(message.id);
    if (res) {
      res.json({ reply, message_id: message.id });
      this.pendingReplies.delete(message.id);
    }
  }

  private pendingReplies = new Map();

  async disconnect() {
    this.server?.close();
  }
}
