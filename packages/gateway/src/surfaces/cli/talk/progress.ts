import { paint } from '../kit/paint.ts';
import { plain, plainLine, writeText } from '../kit/terminal.ts';
import type { ShownEvent } from './through-restarts.ts';

/** Shows a turn as it goes: its words on stdout, what else happens in grey on stderr. */
export class Progress {
  readonly #live: boolean;
  #turnId: string | undefined;
  #atLineStart = true;
  #waiting = false;

  constructor(live: boolean) {
    this.#live = live;
  }

  get turnId(): string | undefined {
    return this.#turnId;
  }

  show(event: ShownEvent): void {
    if (event.type === 'started') this.#turnId = event.turnId;
    if (!this.#live) return;
    if (event.type === 'text') this.#write(event.delta);
    else if (event.type === 'tool_call') this.note(`${event.tool} ${JSON.stringify(event.input)}`);
    else if (event.type === 'tool_result' && event.isError) this.note(`${event.tool} failed: ${event.output.slice(0, 200)}`);
    else if (event.type === 'retry') this.note(`${event.reason}; beginning again`);
    else if (event.type === 'lost' && !this.#waiting) this.note(`${event.reason}; waiting for it. Ctrl-C gives up`);
    this.#waiting = event.type === 'lost';
  }

  finish(): void {
    if (this.#live) this.#endLine();
  }

  note(text: string): void {
    this.#endLine();
    // A model chose these words: no control characters reach the terminal.
    process.stderr.write(`${paint('grey', `· ${plainLine(text)}`, process.stderr)}\n`);
  }

  #write(text: string): void {
    writeText(text);
    const said = plain(text);
    if (said !== '') this.#atLineStart = said.endsWith('\n');
  }

  #endLine(): void {
    if (!this.#atLineStart) process.stdout.write('\n');
    this.#atLineStart = true;
  }
}
