/**
 * A local server that speaks Telegram's Bot API as it is documented, as far as the driver uses it.
 *
 *   await using telegram = await startTelegramServer();
 *   telegram.says({ chat: telegram.person(42, 'Ann'), text: 'Hello' });
 *   await telegram.until(() => telegram.sent().length === 1);
 *
 * Updates stay until a later `offset` confirms them, as Telegram keeps them. Where a webhook is set, it comes with each instead, and again until that is answered with 200.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { answer, bytesOf, holding, Refused } from './vendor-server.ts';

const TOKEN = '123456:TEST-token_of-a-bot-0123456789';

export interface ApiCall {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What happens to a call instead of its answer. `after`: it has taken effect all the same. */
export type Mishap = { readonly status: number; readonly description?: string; readonly retryAfter?: number } | { readonly cut: 'before' | 'after' };

interface Chat {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly first_name?: string;
}

interface Said {
  readonly chat: Chat;
  readonly text?: string;
  readonly from?: { readonly id: number; readonly first_name: string; readonly username?: string; readonly is_bot?: boolean };
  readonly more?: Readonly<Record<string, unknown>>;
  /** Seconds; now, unless it was written long ago. */
  readonly date?: number;
  readonly messageId?: number;
  readonly updateId?: number;
}

export interface StandingFile {
  readonly chatId: string;
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** How a webhook is reached: resolves to the status it is answered with. */
type Reached = (body: string, headers: Readonly<Record<string, string>>) => Promise<number>;

interface SetWebhook {
  readonly url: string;
  readonly secret: string | undefined;
}

interface Standing {
  readonly id: number;
  readonly chatId: string;
  text: string;
  readonly thread: number | undefined;
}

export interface TelegramServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly calls: readonly ApiCall[];
  /** What stands in the chats, as people see it: edits have changed it. */
  sent(chat?: number): readonly Standing[];
  sentFiles(chat?: number): readonly StandingFile[];
  /** A file of somebody's, as a message tells of it. */
  has(file: Omit<StandingFile, 'chatId'>): Readonly<Record<string, unknown>>;
  /** Where the next files are said to lie, instead of where they do. */
  liesAt(path: string): void;
  /** Files that were asked for, whether they were there or not. */
  readonly asked: readonly string[];
  person(id: number, name: string): Chat;
  /** Something is written to the bot; the id of the message. */
  says(said: Said): number;
  /** Puts an update in as it is. */
  tells(update: Readonly<Record<string, unknown>>): void;
  /** The next calls of a method end like this, one after the other. */
  befalls(method: string, ...mishaps: readonly Mishap[]): void;
  /** Called for each message that was accepted, before it is answered. */
  onSend(listener: (text: string) => void | Promise<void>): void;
  /** Who is there at the address of the webhook, whatever it is. */
  comesTo(reached: Reached): void;
  /** As it is set now. */
  readonly webhook: SetWebhook | undefined;
  /** Somebody else sets it. */
  setWebhook(webhook: SetWebhook | undefined): void;
  /** What the webhook answered. */
  readonly statuses: readonly number[];
  /** Ends the question that waits. */
  wake(): void;
  /** Updates that no later question has confirmed yet. */
  unconfirmed(): number;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

export const startTelegramServer = async ({ retryMs = 1_000 }: { readonly retryMs?: number } = {}): Promise<TelegramServer> => {
  let updates: (Record<string, unknown> & { update_id: number })[] = [];
  const calls: ApiCall[] = [];
  const standing: Standing[] = [];
  const kept = new Map<string, Omit<StandingFile, 'chatId'>>();
  const sentFiles: StandingFile[] = [];
  const asked: string[] = [];
  let lies: string | undefined;
  const mishaps = new Map<string, Mishap[]>();
  const polls = new Set<() => void>();
  let listener: ((text: string) => void | Promise<void>) | undefined;
  let webhook: SetWebhook | undefined;
  let reached: Reached | undefined;
  let lastError: { readonly last_error_date: number; readonly last_error_message: string } | undefined;
  const statuses: number[] = [];
  const retries = new Set<NodeJS.Timeout>();
  let nextUpdate = 7_000;
  let nextMessage = 100;

  /** One of them, as long as it waits. */
  const come = async (id: number): Promise<void> => {
    const update = updates.find((one) => one.update_id === id);
    if (!webhook || !reached || !update) return;
    const headers = { 'content-type': 'application/json', ...(webhook.secret !== undefined && { 'x-telegram-bot-api-secret-token': webhook.secret }) };
    const status = await reached(JSON.stringify(update), headers).catch(() => 0);
    statuses.push(status);
    if (status === 200) return void (updates = updates.filter((one) => one !== update));
    lastError = { last_error_date: Math.floor(Date.now() / 1_000), last_error_message: `Wrong response from the webhook: ${status}` };
    const timer = setTimeout(() => {
      retries.delete(timer);
      void come(id);
    }, retryMs);
    retries.add(timer);
  };
  const comeWithAll = (): void => {
    for (const { update_id: id } of updates) void come(id);
  };

  const tells = (update: Readonly<Record<string, unknown>>): void => {
    const one = { update_id: nextUpdate++, ...update };
    updates.push(one);
    void come(one.update_id);
    for (const wake of polls) wake();
  };

  const getUpdates = async ({ offset, limit, timeout }: Readonly<Record<string, unknown>>, gone: AbortSignal): Promise<unknown> => {
    if (webhook) throw refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
    if (typeof offset === 'number') updates = updates.filter(({ update_id: id }) => id >= offset);
    if (updates.length === 0 && Number(timeout) > 0) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          polls.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, Number(timeout) * 1_000);
        polls.add(wake);
        gone.addEventListener('abort', wake, { once: true });
      });
    }
    return updates.slice(0, Number(limit));
  };

  const sendMessage = ({ chat_id: chatId, text, message_thread_id: thread }: Readonly<Record<string, unknown>>): unknown => {
    if (typeof text !== 'string' || text.trim() === '') throw refused(400, 'Bad Request: message text is empty');
    if (text.length > 4_096) throw refused(400, 'Bad Request: message is too long');
    const message = { id: nextMessage++, chatId: String(chatId), text, thread: thread === undefined ? undefined : Number(thread) };
    standing.push(message);
    return { message_id: message.id, date: Math.floor(Date.now() / 1000), chat: { id: Number(chatId), type: 'private' }, text };
  };

  const sendDocument = async ({ chat_id: chatId, document }: Readonly<Record<string, unknown>>): Promise<unknown> => {
    if (!(document instanceof File)) throw refused(400, 'Bad Request: there is no document in the request');
    sentFiles.push({ chatId: String(chatId), name: document.name, type: document.type, content: new Uint8Array(await document.arrayBuffer()) });
    return { message_id: nextMessage++, date: Math.floor(Date.now() / 1000), chat: { id: Number(chatId), type: 'private' }, document: { file_id: 'sent', file_name: document.name } };
  };

  const getFile = ({ file_id: id }: Readonly<Record<string, unknown>>): unknown => {
    const file = kept.get(String(id));
    if (!file) throw refused(400, 'Bad Request: wrong file_id or the file is temporarily unavailable');
    if (file.content.length > 20 * 1024 * 1024) throw refused(400, 'Bad Request: file is too big');
    return { file_id: id, file_unique_id: `u${String(id)}`, file_size: file.content.length, file_path: lies ?? `documents/${String(id)}.bin` };
  };

  const editMessageText = ({ chat_id: chatId, message_id: id, text }: Readonly<Record<string, unknown>>): unknown => {
    const message = standing.find((one) => one.id === id && one.chatId === String(chatId));
    if (!message) throw refused(400, 'Bad Request: message to edit not found');
    if (message.text === text) throw refused(400, 'Bad Request: message is not modified: specified new message content and reply markup are exactly the same');
    message.text = String(text);
    return { message_id: id, date: 0, text };
  };

  const perform = async ({ method, parameters }: ApiCall, gone: AbortSignal): Promise<unknown> => {
    switch (method) {
      case 'getMe': return { id: 999, is_bot: true, first_name: 'Claw', username: 'ClawBot' };
      case 'setWebhook': {
        const { url, secret_token: secret } = parameters;
        if (typeof url !== 'string' || url === 'https://refused.example/') throw refused(400, `Bad Request: bad webhook: ${String(secret)} of ${TOKEN} is not wanted there`);
        webhook = { url, secret: typeof secret === 'string' ? secret : undefined };
        comeWithAll();
        return true;
      }
      case 'deleteWebhook': {
        webhook = undefined;
        return true;
      }
      case 'getWebhookInfo': return { url: webhook?.url ?? '', has_custom_certificate: false, pending_update_count: updates.length, ...lastError };
      case 'getUpdates': return getUpdates(parameters, gone);
      case 'sendMessage': return sendMessage(parameters);
      case 'sendDocument': return sendDocument(parameters);
      case 'getFile': return getFile(parameters);
      case 'editMessageText': return editMessageText(parameters);
      case 'sendChatAction': return true;
      default: throw refused(404, 'Not Found: method not found');
    }
  };

  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const [, keptFor, id = ''] = /^\/file\/bot([^/]+)\/documents\/(\w+)\.bin$/.exec(request.url ?? '') ?? [];
      if (request.url?.startsWith('/file/')) {
        asked.push(request.url.replace(TOKEN, 'TOKEN'));
        const file = kept.get(id);
        if (!file || keptFor !== TOKEN) return answer(response, 404, { ok: false, error_code: 404, description: `Not Found: ${request.url}` });
        return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file.content);
      }
      const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
      if (token !== TOKEN) throw refused(401, 'Unauthorized');
      const call: ApiCall = { method, parameters: await read(request) };
      calls.push(call);
      const mishap = mishaps.get(method)?.shift();
      if (mishap && 'cut' in mishap && mishap.cut === 'before') return void response.destroy();
      if (mishap && 'status' in mishap) throw refused(mishap.status, mishap.description ?? 'as asked', mishap.retryAfter);
      const result = await perform(call, gone.signal);
      if (method === 'sendMessage') await listener?.(String(call.parameters['text']));
      if (mishap) return void response.destroy();
      answer(response, 200, { ok: true, result });
    } catch (thrown) {
      const { status, body } = thrown instanceof Refused ? thrown : refused(500, String(thrown));
      answer(response, status, body);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    token: TOKEN,
    calls,
    sent: (chat) => standing.filter(({ chatId }) => chat === undefined || chatId === String(chat)),
    sentFiles: (chat) => sentFiles.filter(({ chatId }) => chat === undefined || chatId === String(chat)),
    has: (file) => {
      const id = `file${kept.size + 1}`;
      kept.set(id, file);
      return { file_id: id, file_unique_id: `u${id}`, file_name: file.name, mime_type: file.type, file_size: file.content.length };
    },
    liesAt: (path) => void (lies = path),
    asked,
    person: (id, name) => ({ id, type: 'private', first_name: name }),
    says: ({ chat, text, from, more, date, messageId, updateId }) => {
      const id = messageId ?? nextMessage++;
      const author = from ?? { id: chat.id, first_name: chat.first_name ?? 'Somebody', is_bot: false };
      tells({ ...(updateId !== undefined && { update_id: updateId }), message: { message_id: id, date: date ?? Math.floor(Date.now() / 1000), chat, from: author, ...(text !== undefined && { text }), ...more } });
      return id;
    },
    tells,
    befalls: (method, ...list) => void mishaps.set(method, [...(mishaps.get(method) ?? []), ...list]),
    onSend: (heard) => void (listener = heard),
    comesTo: (there) => {
      reached = there;
      comeWithAll();
    },
    get webhook() {
      return webhook;
    },
    setWebhook: (other) => void (webhook = other),
    statuses,
    wake: () => {
      for (const wake of polls) wake();
    },
    unconfirmed: () => updates.length,
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ calls: calls.slice(-8) })),
    [Symbol.asyncDispose]: async () => {
      webhook = undefined;
      for (const timer of retries) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const refused = (status: number, description: string, retryAfter?: number): Refused =>
  new Refused(status, { ok: false, error_code: status, description, ...(retryAfter !== undefined && { parameters: { retry_after: retryAfter } }) });

/** Telegram reads a name as bytes of UTF-8 and undoes both escapes that there are, with a backslash and with a percent sign. */
const nameIn = (body: Buffer): string => {
  const [, name] = /; filename="((?:[^"\\\r]|\\.)*)"/.exec(body.toString('latin1')) ?? [];
  if (name === undefined) throw refused(400, 'Bad Request: unclosed quoted string in Content-Disposition header');
  const plain = name.replaceAll(/\\(.)/g, '$1').replaceAll(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
  return Buffer.from(plain, 'latin1').toString();
};

const read = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  const body = await bytesOf(request);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = [...(await new Response(body, { headers: { 'content-type': type } }).formData())];
    return Object.fromEntries(form.map(([field, value]) => [field, value instanceof File ? new File([value], nameIn(body), { type: value.type }) : value]));
  }
  // Sent by the driver under test.
  return body.length === 0 ? {} : (JSON.parse(String(body)) as Record<string, unknown>);
};
