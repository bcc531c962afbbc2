import type { EventType } from '@openclaw/contract';

export type EventData = Readonly<Record<string, unknown>>;

/** What happened, as far as somebody is told of it. */
export interface Happening {
  readonly type: EventType;
  readonly at: number;
  readonly sessionKey: string | undefined;
  readonly data: EventData;
}

/** One name that a document gives to something that happens. */
export interface Word {
  readonly types: readonly EventType[];
  /** What the document prints of it; undefined where this one is not meant. */
  readonly say: (happening: Happening) => EventData | undefined;
}

export type Vocabulary = Readonly<Record<string, Word>>;

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A part of what happened, where it is one. */
export const partOf = (value: unknown): EventData => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {});

/** Where it happened. */
export const placeOf = ({ sessionKey, data }: Happening): EventData => ({ workspace: data['workspace'] ?? null, session: sessionKey ?? null, session_id: data['sessionId'] ?? null });
