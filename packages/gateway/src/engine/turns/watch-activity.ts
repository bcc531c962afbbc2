import { type Activity, GatewayError, type TurnEnd, type TurnEvent, type watchActivity } from '@openclaw/contract';
import { BoundedQueue } from '../../kernel/bounded-queue.ts';
import { onAbort } from '../../kernel/on-abort.ts';
import { homeOf, mayEnter, requireEntry } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { LiveEvent } from '../ports/event-bus.ts';
import type { Store } from '../ports/store.ts';
import { selectSession } from '../sessions/index.ts';
import { type LiveTurns, MOST_BEHIND, type TurnSignal } from './live-turns.ts';

const LONG_MS = 60_000;

/** What happens in every session the caller may see, as it happens. */
export const activityHandler = ({ store, live, agent }: { readonly store: Store; readonly live: LiveTurns; readonly agent: string }): Handler<typeof watchActivity> =>
  async function* ({ session: ref }, { caller, signal }) {
    const missing = (): GatewayError => new GatewayError('session_not_found', `There is no session ${ref}`, { session: ref });
    const only = ref === undefined ? undefined : await store.findSession(selectSession(ref, agent, homeOf(caller)));
    if (ref !== undefined && !only) throw missing();
    if (only) requireEntry(caller, only.workspace, missing);

    const queue = new BoundedQueue<Activity>(MOST_BEHIND);
    const leave = live.watch({
      see: (told) => {
        if (only ? told.session.id !== only.id : !mayEnter(caller, told.session.workspace)) return;
        const activity = toActivity(told);
        if (activity) queue.push(activity);
      },
      end: () => queue.close(),
    });
    const deaf = onAbort(signal, () => queue.close());
    try {
      for (;;) {
        const missed = queue.takeMissed();
        if (missed > 0) yield { type: 'gap', missed };
        const next = queue.shift();
        if (next) yield next;
        else if (queue.closed) return {};
        else await queue.wait(LONG_MS);
      }
    } finally {
      deaf();
      leave();
    }
  };

const toActivity = ({ turnId, session, event }: TurnSignal): Activity | undefined => {
  if (event.type === 'missed') return { type: 'gap', missed: 1 };
  const shown = toEvent(event, turnId, session.key);
  return shown && { type: 'turn', turnId, sessionId: session.id, sessionKey: session.key, event: shown };
};

const toEvent = (event: LiveEvent, turnId: string, sessionKey: string): TurnEvent | TurnEnd | undefined => {
  switch (event.type) {
    case 'started':
      return { type: 'started', turnId, sessionKey };
    case 'text':
      // What is told again was seen the first time.
      return event.again ? undefined : { type: 'text', delta: event.delta };
    case 'tool_call':
      return { type: 'tool_call', id: event.id, tool: event.tool, input: event.input };
    case 'tool_result':
      return { type: 'tool_result', id: event.id, tool: event.tool, output: event.output, isError: event.isError };
    case 'retry':
      return { type: 'retry', reason: event.reason };
    case 'compacted':
    case 'done':
    case 'failed':
      return event;
    // How it ended was told by the node that ran it; here it is too long.
    case 'ended':
    case 'missed':
      return undefined;
  }
};
