import type { ServerResponse } from 'node:http';
import type { Caller } from '../../../engine/access/index.ts';

/** What is being answered on behalf of each caller. It is broken off when their credential no longer holds. */
export class OpenAnswers {
  readonly #ofCallers = new WeakMap<Caller, Set<ServerResponse>>();

  begin(caller: Caller, response: ServerResponse): void {
    const open = this.#ofCallers.get(caller) ?? this.#watch(caller);
    open.add(response);
  }

  end(caller: Caller, response: ServerResponse): void {
    this.#ofCallers.get(caller)?.delete(response);
  }

  /** One listener a caller, not one a request. */
  #watch(caller: Caller): Set<ServerResponse> {
    const open = new Set<ServerResponse>();
    this.#ofCallers.set(caller, open);
    caller.revoked.addEventListener('abort', () => open.forEach((response) => response.destroy()));
    return open;
  }
}
