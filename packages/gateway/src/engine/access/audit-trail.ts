import type { Log } from '../../kernel/log.ts';
import type { AuditEntry, AuditStore } from '../ports/audit-store.ts';

type AuditSink = Pick<AuditStore, 'audit'>;

/** Collects audit entries and writes them a few at a time, so that none costs its request a commit of its own. */
export class AuditTrail {
  readonly #store: AuditSink;
  readonly #log: Log;
  #entries: AuditEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(store: AuditSink, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  add(entry: AuditEntry): void {
    this.#entries.push(entry);
    this.#timer ??= setTimeout(() => void this.flush(), 50);
  }

  /** Resolves when all that was collected so far is written; `durable` has it on the disk then. */
  flush(options: { readonly durable?: boolean } = {}): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#entries.splice(0);
    // What an earlier flush took may still be on its way.
    if (entries.length > 0) this.#written = Promise.all([this.#written, this.#write(entries, options)]).then(() => {});
    return this.#written;
  }

  async #write(entries: readonly AuditEntry[], options: { readonly durable?: boolean }): Promise<void> {
    try {
      await this.#store.audit(entries, options);
    } catch (thrown) {
      // The request has been answered, or done at least; what can still be done is to leave the trail in the log.
      this.#log('error', 'audit entries could not be stored', { entries, cause: String(thrown) });
    }
  }
}
