/**
 * A local server that speaks WhatsApp's Cloud API as it is documented, as far as the driver uses it, and comes to us with what people write.
 *
 *   await using whatsapp = await startWhatsappServer();
 *   whatsapp.comesTo(async (body, signature) => (await fetch(url, { method: 'POST', headers: { 'x-hub-signature-256': signature }, body })).status);
 *   whatsapp.says({ text: 'Hello' });
 *   await whatsapp.until(() => whatsapp.sent().length === 1);
 *
 * What is not answered with 200 comes again.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { portOf } from '../../packages/gateway/src/app/listen.ts';

type Fields = Readonly<Record<string, unknown>>;
type Mishap = { readonly status: number; readonly code: number; readonly message?: string } | { readonly cut: 'before' | 'after' } | { readonly html: number };

const ANN = '4915112345678';
const AGAIN_MS = 40;

export interface WhatsappServer extends AsyncDisposable {
  /** Its section of the configuration. */
  readonly section: { readonly phoneNumberId: string; readonly accessToken: string; readonly appSecret: string; readonly verifyToken: string; readonly apiUrl: string };
  readonly ann: string;
  readonly calls: readonly Fields[];
  /** Where it comes to: told the bytes and their signature, answers with a status. */
  comesTo(reached: (body: string, signature: string) => Promise<number>): void;
  /** Somebody writes; the id of the message. */
  says(said: { readonly text?: string; readonly from?: string; readonly more?: Fields; readonly at?: number; readonly id?: string }): string;
  /** A notification as it is. */
  tells(value: Fields): void;
  sign(body: string): string;
  sent(to?: string): readonly { readonly to: string; readonly text: string; readonly id: string }[];
  /** The next sends end like this, one after the other. */
  befalls(...mishaps: readonly Mishap[]): void;
  /** Notifications that were not taken yet. */
  untaken(): number;
  /** What the last notifications were answered with. */
  readonly statuses: readonly number[];
  until(holds: () => boolean, ms?: number): Promise<void>;
}

export const startWhatsappServer = async (): Promise<WhatsappServer> => {
  const [phoneNumberId, accessToken, appSecret, verifyToken] = ['106540352242922', 'EAAJB_TEST_token_of_a_system_user', '0123456789abcdef0123456789abcdef', 'a-verify-token-of-our-own'];
  const calls: Fields[] = [];
  const sent: { to: string; text: string; id: string }[] = [];
  const mishaps: Mishap[] = [];
  const statuses: number[] = [];
  let waiting: string[] = [];
  let reached: ((body: string, signature: string) => Promise<number>) | undefined;
  let said = 0;
  let coming = false;
  let closed = false;

  const sign = (body: string): string => `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;

  const come = async (): Promise<void> => {
    if (coming) return;
    coming = true;
    while (waiting.length > 0 && !closed) {
      const [body = ''] = waiting;
      const status = (await reached?.(body, sign(body)).catch(() => 0)) ?? 0;
      statuses.push(status);
      if (status === 200) waiting = waiting.slice(1);
      else await pause(AGAIN_MS);
    }
    coming = false;
  };

  const tells = (value: Fields): void => {
    const metadata = { display_phone_number: '15550783881', phone_number_id: phoneNumberId };
    waiting.push(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes: [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field: 'messages' }] }] }));
    void come();
  };

  const send = (body: Fields): unknown => {
    if (body['status'] === 'read') return { success: true };
    const { body: text } = (body['text'] ?? {}) as { body?: unknown }; // Sent by the driver under test.
    const to = body['to'] ?? body['recipient'];
    if (typeof text !== 'string' || text === '' || text.length > 4_096 || typeof to !== 'string') throw new Refused(400, 100, '(#100) Invalid parameter');
    const id = `wamid.out${sent.length + 1}`;
    sent.push({ to, text, id });
    return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id }] };
  };

  const server = createServer(async (request, response) => {
    try {
      if (request.headers.authorization !== `Bearer ${accessToken}`) throw new Refused(401, 190, `Error validating access token ${request.headers.authorization}`);
      let body = '';
      for await (const chunk of request) body += String(chunk);
      if (request.method === 'GET' && request.url === `/v25.0/${phoneNumberId}?fields=id`) return answer(response, 200, { id: phoneNumberId });
      if (request.method !== 'POST' || request.url !== `/v25.0/${phoneNumberId}/messages`) throw new Refused(400, 100, 'Unsupported request');
      const call = JSON.parse(body) as Fields; // Sent by the driver under test.
      calls.push(call);
      const mishap = call['status'] === 'read' ? undefined : mishaps.shift();
      if (mishap && 'cut' in mishap && mishap.cut === 'before') return void response.destroy();
      if (mishap && 'html' in mishap) return void response.writeHead(mishap.html, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>');
      if (mishap && 'status' in mishap) throw new Refused(mishap.status, mishap.code, mishap.message ?? 'as asked');
      const result = send(call);
      if (mishap) return void response.destroy();
      answer(response, 200, result);
    } catch (thrown) {
      const { status, code, message } = thrown instanceof Refused ? thrown : new Refused(500, 131_000, String(thrown));
      answer(response, status, { error: { message, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details: message }, fbtrace_id: 'A1' } });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    section: { phoneNumberId, accessToken, appSecret, verifyToken, apiUrl: `http://127.0.0.1:${portOf(server)}/v25.0` },
    ann: ANN,
    calls,
    comesTo: (there) => {
      reached = there;
      void come();
    },
    says: ({ text, from = ANN, more = {}, at = Date.now(), id = `wamid.in${++said}` }) => {
      tells({
        contacts: [{ profile: { name: 'Ann' }, wa_id: from }],
        messages: [{ from, id, timestamp: String(Math.floor(at / 1_000)), ...(text !== undefined && { type: 'text', text: { body: text } }), ...more }],
      });
      return id;
    },
    tells,
    sign,
    sent: (to) => sent.filter((one) => to === undefined || one.to === to),
    befalls: (...list) => void mishaps.push(...list),
    untaken: () => waiting.length,
    statuses,
    until: async (holds, ms = 5_000) => {
      for (const end = performance.now() + ms; !holds(); ) {
        if (performance.now() > end) throw new Error(`it did not come about; answered: ${statuses.slice(-5).join()}; calls: ${JSON.stringify(calls.slice(-5))}`);
        await pause(10);
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

class Refused extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
