/** What a gateway should hold, in a few maps: what a series of questions is compared with. */
export interface KnownWorkspace {
  label: string;
  agent: string | null;
  allowlist: ReadonlySet<string>;
}

export interface KnownSession {
  readonly id: string;
  readonly workspace: string;
  readonly label: string | null;
  /** What was said, by both sides. */
  messages: number;
}

export interface KnownTask {
  readonly id: string;
  readonly session: string;
  readonly prompt: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  /** How often the process was killed while it ran. */
  kills: number;
}

export interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly workspaces: readonly string[];
  readonly readsOnly: boolean;
  readonly secret: string;
  revoked: boolean;
}

interface KnownSend {
  readonly key: string;
  readonly session: string;
  readonly messageId: string;
  readonly text: string;
}

/** One series of questions has names of its own, so that series after series can be asked of one gateway. */
export class HouseModel {
  readonly prefix: string;
  readonly workspaces = new Map<string, KnownWorkspace>();
  readonly sessions = new Map<string, KnownSession>();
  readonly tasks = new Map<string, KnownTask>();
  /** Those that hold, those that were replaced and those that were revoked. */
  readonly keys: KnownKey[] = [];
  readonly sends: KnownSend[] = [];
  made = 0;
  /** Commands that were run. */
  steps = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  workspace(n: number): string {
    return `${this.prefix}-w${n}`;
  }

  sessionsIn(workspace: string): readonly KnownSession[] {
    return [...this.sessions.values()].filter((session) => session.workspace === workspace);
  }

  tasksIn(workspace: string): readonly KnownTask[] {
    return [...this.tasks.values()].filter(({ session }) => this.sessions.get(session)?.workspace === workspace);
  }

  /** A workspace comes to be with its first session. */
  addSession(session: KnownSession): void {
    if (!this.workspaces.has(session.workspace)) this.workspaces.set(session.workspace, { label: session.workspace, agent: null, allowlist: new Set() });
    this.sessions.set(session.id, session);
  }

  dropSession(id: string): void {
    this.sessions.delete(id);
    for (const task of this.tasks.values()) if (task.session === id) this.tasks.delete(task.id);
  }

  holding(name: string): KnownKey | undefined {
    return this.keys.find((key) => key.name === name && !key.revoked);
  }
}
