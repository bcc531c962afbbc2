import { type CallOptions, eachItem, type Page, type Paged, type Requester, segment } from '../../client-kit/src/index.ts';

export interface Workspace {
  readonly id: string;
  readonly label: string;
  /** The profile its turns run with; null where it is the gateway's own agent. */
  readonly agent: string | null;
  /** The skills its agent is shown; null where it is shown all. */
  readonly skills: readonly string[] | null;
  /** Who may write by way of a channel: `telegram:123456789`. */
  readonly allowlist: readonly string[];
  readonly budget: Readonly<Record<string, unknown>> | null;
  readonly createdAt: string;
}

export interface NewWorkspace {
  readonly id: string;
  readonly label?: string | undefined;
  readonly agent?: string | undefined;
  readonly skills?: readonly string[] | undefined;
  readonly allowlist?: readonly string[] | undefined;
  readonly budget?: Readonly<Record<string, unknown>> | undefined;
}

/** What is named is changed; null takes a setting away. */
export interface WorkspaceChanges {
  readonly label?: string | undefined;
  readonly agent?: string | null | undefined;
  readonly skills?: readonly string[] | null | undefined;
  readonly budget?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface AllowlistChanges {
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

const PATH = '/api/v1/workspaces';

export class Workspaces {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  list({ limit, offset }: Page = {}, options?: CallOptions): Promise<Paged & { readonly workspaces: readonly Workspace[] }> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { limit, offset } }, options);
  }

  /** Every workspace the credential may enter, page by page. */
  all(page: Page = {}, options?: CallOptions): AsyncGenerator<Workspace, void> {
    const ask = async (asked: Page) => {
      const { workspaces, ...rest } = await this.list(asked, options);
      return { ...rest, items: workspaces };
    };
    return eachItem(ask, ({ id }) => id, page);
  }

  get(id: string, options?: CallOptions): Promise<Workspace> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(id)}` }, options);
  }

  create(workspace: NewWorkspace, options?: CallOptions): Promise<Workspace> {
    return this.#requester.json({ method: 'POST', path: PATH, body: workspace }, options);
  }

  update(id: string, changes: WorkspaceChanges, options?: CallOptions): Promise<Workspace> {
    return this.#requester.json({ method: 'PATCH', path: `${PATH}/${segment(id)}`, body: changes }, options);
  }

  updateAllowlist(id: string, changes: AllowlistChanges, options?: CallOptions): Promise<Workspace> {
    return this.#requester.json({ method: 'PATCH', path: `${PATH}/${segment(id)}/allowlist`, body: changes }, options);
  }

  /** Deletes a workspace with its sessions and files. */
  delete(id: string, options?: CallOptions): Promise<{ readonly deleted: boolean }> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(id)}` }, options);
  }
}
