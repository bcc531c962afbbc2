import type { SessionKind } from '@openclaw/contract';

export type SessionSelector = { readonly id: string } | { readonly key: string };

export interface NewSession {
  readonly id: string;
  readonly key: string;
  readonly kind: SessionKind;
  readonly label: string | undefined;
  readonly agent: string;
  readonly workspace: string;
  readonly userId: string | undefined;
  readonly channel: string;
  readonly now: number;
}

export interface SessionFilter {
  readonly kinds: readonly SessionKind[] | undefined;
  readonly workspaces: readonly string[] | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface HistoryQuery {
  readonly sessionId: string;
  readonly includeTools: boolean;
  readonly limit: number;
  readonly offset: number;
}
