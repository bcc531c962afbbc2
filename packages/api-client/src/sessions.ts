import { type CallOptions, eachItem, type Page, type Requester, segment } from '../../client-kit/src/index.ts';
import type { Message as SessionMessage, MessageList, Session, SessionList } from './wire.gen.ts';

export interface SessionsFilter extends Page {
  readonly workspace?: string | undefined;
}

export interface HistoryFilter extends Page {
  /** With what the agent did in between. */
  readonly includeTools?: boolean | undefined;
}

const PATH = '/api/v1/sessions';

/** A session is named by its id, its key or its short name. */
export class Sessions {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** The sessions, the most recently active first. */
  list({ workspace, limit, offset }: SessionsFilter = {}, options?: CallOptions): Promise<SessionList> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { workspace, limit, offset } }, options);
  }

  /** Every session, page by page. */
  all(filter: SessionsFilter = {}, options?: CallOptions): AsyncGenerator<Session, void> {
    const ask = async (page: Page) => {
      const { sessions, ...rest } = await this.list({ ...filter, ...page }, options);
      return { ...rest, items: sessions };
    };
    return eachItem(ask, ({ id }) => id, filter);
  }

  get(session: string, options?: CallOptions): Promise<Session> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(session)}` }, options);
  }

  /** The newest messages, in the order in which they were written; `offset` counts back from the newest. */
  history(session: string, { limit, offset, includeTools }: HistoryFilter = {}, options?: CallOptions): Promise<MessageList> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(session)}/history`, query: { limit, offset, includeTools } }, options);
  }

  /** Every message, page by page, the newest first. */
  allMessages(session: string, filter: HistoryFilter = {}, options?: CallOptions): AsyncGenerator<SessionMessage, void> {
    const ask = async (page: Page) => {
      const { messages, ...rest } = await this.history(session, { ...filter, ...page }, options);
      return { ...rest, items: [...messages].reverse() };
    };
    return eachItem(ask, ({ id }) => id, filter);
  }

  /** Deletes a session with its messages; what runs in it is cancelled. */
  delete(session: string, options?: CallOptions): Promise<{ readonly deleted: boolean }> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(session)}` }, options);
  }

  /** Deletes all sessions of a workspace. */
  clear({ workspace }: { readonly workspace: string }, options?: CallOptions): Promise<{ readonly deleted: number }> {
    return this.#requester.json({ method: 'DELETE', path: PATH, query: { workspace } }, options);
  }
}
