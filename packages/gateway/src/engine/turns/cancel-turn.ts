import type { EventBus, SessionPlace } from '../ports/event-bus.ts';
import type { Store } from '../ports/store.ts';

export interface CancelDeps {
  readonly store: Pick<Store, 'requestCancel'>;
  readonly bus: Pick<EventBus, 'publish'>;
  readonly now: () => number;
}

/** A queued turn is over with this; whoever runs one is told. */
export const cancelOne = async ({ store, bus, now }: CancelDeps, turnId: string, session: SessionPlace): Promise<void> => {
  const outcome = await store.requestCancel(turnId, now());
  if (outcome === 'cancelled') bus.publish({ kind: 'turn', turnId, session, event: { type: 'failed', code: 'turn_cancelled', message: 'Cancelled' } });
  if (outcome === 'running') bus.publish({ kind: 'cancel', turnId });
};
