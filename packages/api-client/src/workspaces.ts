import { type CallOptions, eachItem, type Page, type Requester, segment } from '../../client-kit/src/index.ts';
import type { AllowlistChanges, NewWorkspace, WorkspaceChanges, WorkspaceDetails as Workspace, WorkspaceList } from './wire.gen.ts';

const PATH = '/api/v1/workspaces';

export class Workspaces {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  list({ limit, offset }: Page = {}, options?: CallOptions): Promise<WorkspaceList> {
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
  delete(id: string, options?: CallOptions): Promise<{ readonly deleted: boolean; readonly sessions: number }> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(id)}` }, options);
  }
}
