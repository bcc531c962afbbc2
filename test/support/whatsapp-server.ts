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
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { answer, bytesOf, holding, Refused } from './vendor-server.ts';

type Fields = Readonly<Record<string, unknown>>;
type Mishap = { readonly status: number; readonly code: number; readonly message?: string } | { readonly cut: 'before' | 'after' } | { readonly html: number };

const ANN = '4915112345678';
const AGAIN_MS = 40;
/** Some of what it takes. */
const TAKEN: ReadonlySet<string> = new Set(['text/plain', 'application/pdf', 'image/jpeg', 'image/png', 'audio/mpeg', 'video/mp4']);

export interface WhatsappFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

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
  sentFiles(to?: string): readonly (WhatsappFile & { readonly to: string; readonly kind: string })[];
  /** A file of somebody's: its id. */
  has(file: WhatsappFile): string;
  /** Where the next files are said to lie, instead of where they do. */
  liesAt(url: string): void;
  /** What each question for a file showed. */
  readonly asked: readonly { readonly authorization: string | undefined; readonly agent: string | undefined }[];
  /** The next uploads end like this, one after the other. */
  befallsUpload(...mishaps: readonly Mishap[]): void;
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
  const uploadMishaps: Mishap[] = [];
  const kept = new Map<string, WhatsappFile>();
  const sentFiles: (WhatsappFile & { to: string; kind: string })[] = [];
  const asked: { authorization: string | undefined; agent: string | undefined }[] = [];
  let lies: string | undefined;
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

  const keep = (file: WhatsappFile): string => {
    const id = String(1_013_859_600_285_441 + kept.size);
    kept.set(id, file);
    return id;
  };

  const sendFile = (body: Fields): unknown => {
    const kind = String(body['type']);
    const { id, filename } = body[kind] as { id: string; filename?: string }; // Sent by the driver under test.
    const file = kept.get(id);
    const to = String(body['to'] ?? body['recipient']);
    if (!file || (kind === 'image' && file.content.length > 5 * 1024 * 1024)) throw refused(400, 131_053, 'Media upload error');
    sentFiles.push({ ...file, name: filename ?? file.name, to, kind });
    return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id: `wamid.file${sentFiles.length}` }] };
  };

  const upload = async (request: IncomingMessage): Promise<unknown> => {
    const form = await new Response(await bytesOf(request), { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData();
    const file = form.get('file');
    if (form.get('messaging_product') !== 'whatsapp' || !(file instanceof File)) throw refused(400, 100, '(#100) The parameter messaging_product is required.');
    if (form.get('type') !== file.type || !TAKEN.has(file.type)) throw refused(400, 100, `(#100) Param file must be a file with one of the following types: ${[...TAKEN].join(', ')}. Received file of type '${file.type}'.`);
    return { id: keep({ name: file.name, type: file.type, content: new Uint8Array(await file.arrayBuffer()) }) };
  };

  /** As asked, before or instead of what happens; true where that was all. */
  const meets = (mishap: Mishap | undefined, response: ServerResponse): boolean => {
    if (mishap && 'status' in mishap) throw refused(mishap.status, mishap.code, mishap.message ?? 'as asked');
    if (mishap && 'html' in mishap) response.writeHead(mishap.html, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>');
    else if (mishap && mishap.cut === 'before') response.destroy();
    else return false;
    return true;
  };

  const send = (body: Fields): unknown => {
    if (body['status'] === 'read') return { success: true };
    if (body['type'] === 'image' || body['type'] === 'document') return sendFile(body);
    const { body: text } = (body['text'] ?? {}) as { body?: unknown }; // Sent by the driver under test.
    const to = body['to'] ?? body['recipient'];
    if (typeof text !== 'string' || text === '' || text.length > 4_096 || typeof to !== 'string') throw refused(400, 100, '(#100) Invalid parameter');
    const id = `wamid.out${sent.length + 1}`;
    sent.push({ to, text, id });
    return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id }] };
  };

  const server = createServer(async (request, response) => {
    try {
      if (request.url === undefined || request.headers.authorization !== `Bearer ${accessToken}`) throw refused(401, 190, `Error validating access token ${request.headers.authorization}`);
      const url = new URL(request.url, 'http://test');
      const [, id = ''] = /^\/(?:v25\.0|store)\/(\d+)$/.exec(url.pathname) ?? [];
      if (request.method === 'GET' && request.url === `/v25.0/${phoneNumberId}?fields=id`) return answer(response, 200, { id: phoneNumberId });
      if (request.method === 'GET' && url.pathname.startsWith('/store/')) {
        asked.push({ authorization: request.headers.authorization, agent: request.headers['user-agent'] });
        const file = kept.get(id);
        return void (file ? response.writeHead(200, { 'content-type': file.type }).end(file.content) : response.writeHead(404).end());
      }
      if (request.method === 'GET' && url.searchParams.get('phone_number_id') === phoneNumberId) {
        if (!kept.has(id)) throw refused(400, 100, `Unsupported get request. Object with ID '${id}' does not exist`);
        return answer(response, 200, { messaging_product: 'whatsapp', id, url: lies ?? `http://127.0.0.1:${portOf(server)}/store/${id}` });
      }
      if (request.method !== 'POST') throw refused(400, 100, 'Unsupported request');
      if (url.pathname === `/v25.0/${phoneNumberId}/media`) {
        const mishap = uploadMishaps.shift();
        if (meets(mishap, response)) return;
        const put = await upload(request);
        return mishap ? void response.destroy() : answer(response, 200, put);
      }
      if (url.pathname !== `/v25.0/${phoneNumberId}/messages`) throw refused(400, 100, 'Unsupported request');
      const call = JSON.parse(String(await bytesOf(request))) as Fields; // Sent by the driver under test.
      calls.push(call);
      const mishap = call['status'] === 'read' ? undefined : mishaps.shift();
      if (meets(mishap, response)) return;
      const result = send(call);
      if (mishap) return void response.destroy();
      answer(response, 200, result);
    } catch (thrown) {
      const { status, body } = thrown instanceof Refused ? thrown : refused(500, 131_000, String(thrown));
      answer(response, status, body);
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
    sentFiles: (to) => sentFiles.filter((one) => to === undefined || one.to === to),
    has: keep,
    liesAt: (url) => void (lies = url),
    asked,
    befallsUpload: (...list) => void uploadMishaps.push(...list),
    befalls: (...list) => void mishaps.push(...list),
    untaken: () => waiting.length,
    statuses,
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ answered: statuses.slice(-5), calls: calls.slice(-5) })),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const refused = (status: number, code: number, message: string): Refused =>
  new Refused(status, { error: { message, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details: message }, fbtrace_id: 'A1' } });
