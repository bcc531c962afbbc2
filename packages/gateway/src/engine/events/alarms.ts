import { newId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Store } from '../ports/store.ts';

interface Deps {
  readonly store: Pick<Store, 'appendEvents'>;
  readonly log: Log;
  readonly now: () => number;
}

type Severity = 'medium' | 'high' | 'critical';

const MINUTE = 60_000;
/** What goes wrong with the store cannot be stored just then. */
const TRY_AGAIN_MS = 10_000;
const TRIES = 30;

/** Sources that are told apart in a minute; a flood from more of them is one. */
const MOST_SOURCES = 100;
const OTHERS = 'others';

/** What an owner should hear of though nobody asked: one of a kind and of a source in a minute, with how many there were since the one before. */
export class Alarms {
  readonly #deps: Deps;
  readonly #told = new Map<string, { readonly at: number; more: number }>();
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Something went wrong inside; what it was stands in the log. */
  systemError(during: string, code = 'internal'): void {
    this.#raise('system.error', `${during} ${code}`, { code, message: `${during} failed unexpectedly; the log says why`, during });
  }

  /** Something may be meant as harm. */
  security(alert: string, severity: Severity, details: Readonly<Record<string, unknown>>): void {
    this.#raise('security.alert', alert, { alert, severity, details });
  }

  /** Somebody tries again and again what they may not. */
  intrusion(alert: string, { address, ...details }: { readonly address: string; readonly at?: string }): void {
    const source = this.#tellsApart(alert, address) ? address : OTHERS;
    this.#raise('security.alert', `${alert} ${source}`, { alert, severity: 'high', details: { address: source, ...details } });
  }

  close(): void {
    for (const retry of this.#retries) clearTimeout(retry);
  }

  /** Whether there is room for one more in this minute; what is older than that is forgotten. */
  #tellsApart(alert: string, address: string): boolean {
    const kind = `security.alert ${alert} `;
    if (this.#told.has(kind + address)) return true;
    const at = this.#deps.now();
    const known = [...this.#told].filter(([key]) => key.startsWith(kind));
    if (known.length < MOST_SOURCES) return true;
    const old = known.filter(([, told]) => at - told.at >= MINUTE);
    for (const [key] of old) this.#told.delete(key);
    return old.length > 0;
  }

  #raise(type: 'system.error' | 'security.alert', kind: string, data: Readonly<Record<string, unknown>>): void {
    const at = this.#deps.now();
    const before = this.#told.get(`${type} ${kind}`);
    if (before && at - before.at < MINUTE) {
      before.more++;
      return;
    }
    this.#told.set(`${type} ${kind}`, { at, more: 0 });
    void this.#store({ id: newId('evt', at), type, at, data: { ...data, more: before?.more ?? 0 } }, TRIES);
  }

  async #store(event: { readonly id: string; readonly type: 'system.error' | 'security.alert'; readonly at: number; readonly data: Readonly<Record<string, unknown>> }, tries: number): Promise<void> {
    try {
      await this.#deps.store.appendEvents([event]);
    } catch (thrown) {
      if (tries === 0) return this.#deps.log('warn', `${event.type} could not be stored`, { cause: String(thrown) });
      const retry = setTimeout(() => (this.#retries.delete(retry), void this.#store(event, tries - 1)), TRY_AGAIN_MS);
      this.#retries.add(retry.unref());
    }
  }
}
