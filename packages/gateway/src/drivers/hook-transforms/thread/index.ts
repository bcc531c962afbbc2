import { realpath, stat } from 'node:fs/promises';
import type { HookTransforms } from '../../../engine/ports/hook-transforms.ts';
import { isWithin } from '../../../kernel/inside.ts';
import type { Log } from '../../../kernel/log.ts';
import { OwnerProgram, ProgramFailure } from '../../../kernel/owner-program.ts';
import type { Asked, ThreadStart } from './protocol.ts';

/** A module as it was when its thread started. */
interface Loaded {
  readonly program: OwnerProgram;
  readonly changedMs: number;
}

/** Each module in a thread of its own, from the first request for it on: one that hangs holds up no other. */
export const openHookTransforms = (log: Log): HookTransforms => new TransformThreads(log);

class TransformThreads implements HookTransforms {
  readonly #log: Log;
  /** By the real paths of their files. */
  readonly #loaded = new Map<string, Loaded>();
  /** Asked nothing more, with something to finish. */
  readonly #leaving = new Set<OwnerProgram>();

  constructor(log: Log) {
    this.#log = log;
  }

  async run(...[{ folder, file, exportName }, context, withinMs]: Parameters<HookTransforms['run']>): Promise<unknown> {
    const real = await realPlace(folder, file);
    const { mtimeMs } = await stat(real);
    return this.#ask(this.#programOf(real, mtimeMs), { exportName, context }, withinMs);
  }

  reload(): void {
    for (const file of this.#loaded.keys()) this.#retire(file);
  }

  async close(): Promise<void> {
    this.reload();
    await Promise.all([...this.#leaving].map((program) => program.close('the gateway stops')));
  }

  async #ask(program: OwnerProgram, asked: Asked, withinMs: number): Promise<unknown> {
    try {
      return await program.ask(asked, withinMs);
    } catch (thrown) {
      // One that waits for nothing and one that turns in circles look the same from here.
      if (thrown instanceof ProgramFailure && thrown.kind === 'late') this.#stop(program);
      throw thrown;
    } finally {
      if (this.#leaving.has(program)) this.#closeIfDone(program);
    }
  }

  #programOf(file: string, changedMs: number): OwnerProgram {
    const known = this.#loaded.get(file);
    if (known?.changedMs === changedMs && !known.program.over) return known.program;
    this.#retire(file);
    const program = new OwnerProgram({
      start: new URL('./serve-transform.ts', import.meta.url),
      data: { file } satisfies ThreadStart,
      name: 'transform', fields: { transform: file }, log: this.#log,
      ended: (reason) => this.#log('warn', 'a transform of the hooks ended; it starts anew with the next request', { transform: file, reason }),
    });
    this.#loaded.set(file, { program, changedMs });
    return program;
  }

  #retire(file: string): void {
    const known = this.#loaded.get(file);
    if (!known) return;
    this.#loaded.delete(file);
    this.#leaving.add(known.program);
    this.#closeIfDone(known.program);
  }

  #closeIfDone(program: OwnerProgram): void {
    if (program.busy) return;
    this.#leaving.delete(program);
    void program.close('it is not asked any more');
  }

  #stop(program: OwnerProgram): void {
    for (const [file, loaded] of this.#loaded) if (loaded.program === program) this.#loaded.delete(file);
    void program.close('its program was stopped: it did not finish in time');
  }
}

/** Looked at each time: a link may have been put there since the configuration was read. */
const realPlace = async (folder: string, file: string): Promise<string> => {
  const [real, within] = await Promise.all([realpath(file), realpath(folder)]);
  if (!isWithin(within, real)) throw new Error(`${file} leads out of ${folder}, to ${real}`);
  return real;
};
