import type { Log } from '../../kernel/log.ts';
import type { AuditEntry, Store } from '../ports/store.ts';

/** Collects audit entries and writes them a few at a time, so that none costs its request a commit of its own. */
export class AuditTrail {
  readonly #store: Pick<Store, 'audit'>;
  readonly #log: Log;
  #entries: AuditEntry[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Pick<Store, 'audit'>, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  add(entry: AuditEntry): void {
    this.#entries.push(entry);
    this.#timer ??= setTimeout(() => void this.flush(), 50);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#entries.splice(0);
    if (entries.length === 0) return;
    try {
      await this.#store.audit(entries);
    } catch (thrown) {
      // The request has been answered; what can still be done is to leave the trail in the log.
      this.#log('error', 'audit entries could not be stored', { entries, cause: String(thrown) });
    }
  }
}
