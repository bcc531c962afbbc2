export interface SseMessage {
  readonly data: string;
  readonly id: string | undefined;
  /** When to come back, after a stream that broke off. */
  readonly retryMs: number | undefined;
}

/** Reads server-sent events as the standard says: any line ending, comments passed over, an event that is not whole dropped. */
export class SseReader {
  readonly #decoder = new TextDecoder();
  #pending = '';
  #data: string[] = [];
  #id: string | undefined;
  #retryMs: number | undefined;

  /** The messages that are whole with this chunk. */
  read(chunk: Uint8Array): readonly SseMessage[] {
    const text = this.#pending + this.#decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be half of a line's end.
    const held = text.endsWith('\r') ? 1 : 0;
    const lines = text.slice(0, text.length - held).split(/\r\n|\n|\r/);
    this.#pending = (lines.pop() ?? '') + text.slice(text.length - held);
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly SseMessage[] {
    if (line === '') return this.#finish();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    if (field === 'id') this.#id = value;
    if (field === 'retry' && /^\d+$/.test(value)) this.#retryMs = Number(value);
    return [];
  }

  #finish(): readonly SseMessage[] {
    const message = { data: this.#data.join('\n'), id: this.#id, retryMs: this.#retryMs };
    const whole = this.#data.length > 0;
    [this.#data, this.#id, this.#retryMs] = [[], undefined, undefined];
    return whole ? [message] : [];
  }
}
