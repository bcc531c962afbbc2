/** The files of a local Slack: where they lie, and how they are put there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface SlackStandingFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
  readonly channel: string;
  readonly thread: string | undefined;
}

/** A file of somebody's, as an event tells of it. */
export type ToldFile = Readonly<Record<string, unknown>>;

interface Options {
  readonly token: string;
  /** Where it can be reached. */
  readonly origin: () => string;
  readonly refuse: (error: string) => never;
}

type Kept = Pick<SlackStandingFile, 'name' | 'type' | 'content'>;

export class SlackFiles {
  readonly #options: Options;
  readonly #kept = new Map<string, Kept>();
  readonly #places = new Map<string, { readonly name: string; readonly length: number }>();
  readonly sent: SlackStandingFile[] = [];
  /** What each question for a file showed. */
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  /** The app has no right to read files: Slack shows a page. */
  withheld = false;
  /** Files are pointed at instead of handed over. */
  pointsTo: string | undefined;
  /** Where files are to be put, instead of where they are. */
  placeAt: string | undefined;
  /** How long a file takes. */
  delayMs = 0;
  /** The store takes nothing. */
  full = false;
  #next = 1;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Somebody has a file. */
  has({ name, type, content }: Kept): ToldFile {
    const id = `F${this.#next++}`;
    this.#kept.set(id, { name, type, content });
    return { id, mode: 'hosted', name, title: name, mimetype: type, size: content.length, url_private: this.#urlOf(id), url_private_download: this.#urlOf(id) };
  }

  perform(method: string, { filename, length, files, channel_id: channel, thread_ts: thread, file, users }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
    const { refuse, origin } = this.#options;
    switch (method) {
      case 'files.info': {
        const kept = this.#kept.get(String(file));
        return kept ? { file: { id: file, name: kept.name, mimetype: kept.type, size: kept.content.length, url_private_download: this.#urlOf(String(file)) } } : refuse('file_not_found');
      }
      case 'conversations.open': return typeof users === 'string' && /^[UW]\w+$/.test(users) ? { channel: { id: `D${users.slice(1)}` } } : refuse('user_not_found');
      case 'files.getUploadURLExternal': {
        if (typeof filename !== 'string' || !/^[1-9]\d*$/.test(String(length))) return refuse('invalid_arguments');
        const id = `F${this.#next++}`;
        this.#places.set(id, { name: filename, length: Number(length) });
        return { upload_url: this.placeAt ?? `${origin()}/upload/v1/${id}`, file_id: id };
      }
      case 'files.completeUploadExternal': {
        if (!Array.isArray(files) || typeof channel !== 'string') return refuse('invalid_arguments');
        if (!/^[CDG]/.test(channel)) return refuse('channel_not_found');
        const [{ id = '' } = {}] = files as { id?: string }[]; // Sent by the driver under test.
        const kept = this.#kept.get(id) ?? refuse('file_not_found');
        this.sent.push({ id, ...kept, channel, thread: typeof thread === 'string' ? thread : undefined });
        return { files: [{ id, title: kept.name }] };
      }
      default: return undefined;
    }
  }

  /** Whether it was a question for a file, or a file that is put. */
  async serves(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = request.url ?? '';
    const [, way, id = ''] = /^\/(files-pri|upload\/v1)\/(F\d+)$/.exec(url) ?? [];
    if (way === undefined) return false;
    const { authorization } = request.headers;
    this.asked.push({ url, authorization });
    await pause(this.delayMs);
    if (way === 'files-pri') this.#hand(id, authorization, response);
    else await this.#take(id, request, response);
    return true;
  }

  #hand(id: string, authorization: string | undefined, response: ServerResponse): void {
    const kept = this.#kept.get(id);
    if (this.pointsTo !== undefined) return void response.writeHead(302, { location: this.pointsTo }).end();
    if (!kept || this.withheld || authorization !== `Bearer ${this.#options.token}`) return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html lang="en">Sign in to Slack</html>');
    response.writeHead(200, { 'content-type': kept.type, 'content-length': kept.content.length }).end(kept.content);
  }

  async #take(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // Of a request without an encoding.
    const content = Buffer.concat(chunks);
    const place = this.#places.get(id);
    if (this.full) return void response.writeHead(503).end('later');
    // Whoever shows a token there shows it to a store of files.
    if (request.headers.authorization !== undefined || place?.length !== content.length) return void response.writeHead(400).end('no');
    this.#kept.set(id, { name: place.name, type: request.headers['content-type'] ?? '', content });
    response.writeHead(200).end(`OK - ${content.length}`);
  }

  #urlOf(id: string): string {
    return `${this.#options.origin()}/files-pri/${id}`;
  }
}
