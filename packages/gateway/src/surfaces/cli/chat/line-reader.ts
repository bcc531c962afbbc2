import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ChatHistory } from './host.ts';

export interface LineReaderOptions {
  readonly history: ChatHistory;
  readonly complete: (line: string) => readonly string[];
  readonly onInterrupt: () => void;
}

/** Lines that come within this long of each other were pasted, and are one message. */
const PASTE_MS = 15;

/** What somebody types: whole messages, one at a time, with their history. What is typed while an answer comes waits its turn. */
export class LineReader {
  readonly #lines: Interface;
  readonly #screen = new Screen();
  readonly #waiting: string[] = [];
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pasted: string[] = [];
  #closed = false;

  constructor({ history, complete, onInterrupt }: LineReaderOptions) {
    this.#lines = createInterface({
      input: process.stdin,
      output: this.#screen,
      terminal: true,
      history: history.lines.toReversed(),
      historySize: 1_000,
      removeHistoryDuplicates: true,
      completer: (line: string) => [complete(line), line],
    });
    this.#lines.on('line', (line) => this.#take(line));
    this.#lines.on('SIGINT', onInterrupt);
    this.#lines.on('close', () => {
      this.#closed = true;
      this.#flush();
    });
  }

  /** The next message; undefined when somebody leaves. A line that ends with a backslash goes on in the next. */
  async read(prompt: string): Promise<string | undefined> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#next(lines.length === 0 ? prompt : '… ');
      if (line === undefined) return lines.length === 0 ? undefined : lines.join('\n');
      if (!line.endsWith('\\')) return [...lines, line].join('\n');
      lines.push(line.slice(0, -1));
    }
  }

  /** What is being typed. */
  get line(): string {
    return this.#lines.line;
  }

  /** Forgets what is being typed, and shows the prompt again. */
  clearLine(): void {
    this.#screen.write('\n');
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#lines.prompt();
  }

  close(): void {
    this.#lines.close();
  }

  async #next(prompt: string): Promise<string | undefined> {
    const [waiting] = this.#waiting;
    if (waiting !== undefined) {
      // It was typed while the screen belonged to an answer.
      process.stdout.write(`${prompt}${waiting}\n`);
    } else if (!this.#closed) {
      this.#screen.muted = false;
      this.#lines.setPrompt(prompt);
      this.#lines.prompt(true);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    // An answer has the screen to itself until the next message is asked for.
    this.#screen.muted = true;
    return this.#waiting.shift();
  }

  #take(line: string): void {
    this.#pasted.push(line);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), PASTE_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    if (this.#pasted.length > 0) this.#waiting.push(this.#pasted.join('\n'));
    this.#pasted = [];
    this.#wake?.();
  }
}

/** The terminal, to which the editor of lines writes only when it is its turn. */
class Screen extends Writable {
  muted = false;

  constructor() {
    super({ decodeStrings: false });
    process.stdout.on('resize', () => this.emit('resize'));
  }

  get columns(): number {
    return process.stdout.columns;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.muted) process.stdout.write(chunk);
    done();
  }
}
