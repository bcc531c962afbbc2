import { GatewayError } from '@openclaw/contract';
import type { Log } from '../../kernel/log.ts';
import { type Caller, mayEnter, StoreCopy } from '../access/index.ts';
import type { AccessStore, WorkspaceRecord } from '../ports/access-store.ts';
import type { EventBus } from '../ports/event-bus.ts';

/** The one that is always there. */
export const MAIN_WORKSPACE = 'main';

export const noWorkspace = (id: string): GatewayError => new GatewayError('workspace_not_found', `There is no workspace ${id}`, { workspace: id });

/** How every workspace is set, held in memory: each turn asks. Read again whenever some node has changed one. */
export class WorkspaceBook {
  readonly #copy: StoreCopy<readonly WorkspaceRecord[]>;
  #known = new Map<string, WorkspaceRecord>();
  #budgeted = false;

  constructor(store: Pick<AccessStore, 'workspaces'>, bus: EventBus, log: Log) {
    this.#copy = new StoreCopy({ what: 'workspaces', read: () => store.workspaces(), take: (all) => this.#take(all), bus, log });
  }

  /** Undefined for one that has no settings of its own, there or not. */
  get(id: string): WorkspaceRecord | undefined {
    return this.#known.get(id);
  }

  /** Of all that this node knows. */
  get ids(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** Whether any has a budget. */
  get budgeted(): boolean {
    return this.#budgeted;
  }

  read(): Promise<readonly WorkspaceRecord[]> {
    return this.#copy.read();
  }

  /** Some were changed here. */
  tell(): Promise<void> {
    return this.#copy.tell();
  }

  /**
   * A workspace comes to be with its first session, where the caller may make workspaces or is bound to this one by name. Anybody else
   * needs one that is there.
   */
  async requireUsable(caller: Caller, id: string): Promise<void> {
    if (!mayEnter(caller, id)) throw noWorkspace(id);
    if (id === MAIN_WORKSPACE || caller.workspaces.has(id) || caller.permissions.has('workspaces:write') || this.#known.has(id)) return;
    await this.read();
    if (!this.#known.has(id)) throw noWorkspace(id);
  }

  close(): void {
    this.#copy.close();
  }

  #take(all: readonly WorkspaceRecord[]): void {
    this.#known = new Map(all.map((workspace) => [workspace.id, workspace]));
    this.#budgeted = all.some(({ budget }) => budget !== undefined);
  }
}
