import type { TurnEvent } from '@openclaw/contract';
import { paint } from '../kit/paint.ts';
import { plain, plainLine, writeText } from '../kit/terminal.ts';

/** Shows a turn as it goes: its words on stdout, what else happens in grey on stderr. */
export class Progress {
  readonly #live: boolean;
  #turnId: string | undefined;
  #atLineStart = true;
  /** Of the model step that is shown now. */
  #shown = '';
  #whole = true;

  constructor(live: boolean) {
    this.#live = live;
  }

  get turnId(): string | undefined {
    return this.#turnId;
  }

  show(event: TurnEvent): void {
    if (event.type === 'started') this.#turnId = event.turnId;
    if (!this.#live) return;
    if (event.type === 'text') {
      this.#write(event.delta);
      this.#shown += event.delta;
    } else if (event.type === 'tool_call') {
      this.note(`${event.tool} ${JSON.stringify(event.input)}`);
    } else if (event.type === 'tool_result') {
      if (event.isError) this.note(`${event.tool} failed: ${event.output.slice(0, 200)}`);
      this.#shown = '';
    } else if (event.type === 'retry') {
      this.note(`${event.reason}; beginning again`);
      this.#shown = '';
    }
  }

  /** What was shown so far is not the whole answer, and what is missing may not come. */
  interrupted(note: string): void {
    this.note(note);
    this.#shown = '';
    this.#whole = false;
  }

  /** Ends the answer's last line. Of an answer with holes, all of it is shown once more. */
  finish(answer?: string): void {
    if (!this.#live) return;
    if (answer !== undefined && !this.#whole && this.#shown.trim() !== answer.trim()) {
      if (this.#shown.trim() !== '') this.note('the whole answer:');
      this.#write(answer);
    }
    this.#endLine();
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
