import { GatewayError, type sendMessage, type wakeAgent } from '@openclaw/contract';
import { drain } from '../../kernel/drain.ts';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, requireEntry } from '../access/index.ts';
import type { Handler, HandlerContext } from '../gateway.ts';
import type { AgentPlace } from '../ports/schedule-records.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import type { Store } from '../ports/store.ts';
import { placeOf, selectSession } from '../sessions/index.ts';

interface Deps {
  readonly store: Pick<ScheduleStore, 'addWake'> & Pick<Store, 'findSession'>;
  readonly agent: string;
  readonly knowsAgent: (id: string) => boolean;
  /** Throws where the caller may not begin anything in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
  /** What a message goes by. */
  readonly send: Handler<typeof sendMessage>;
  readonly now: () => number;
}

const noSession = (ref: string): GatewayError => new GatewayError('session_not_found', `There is no session ${ref}`, { session: ref });

/** Tells an agent that something happened, behind the door. */
export const wakeHandler = ({ store, agent, knowsAgent, requireUsable, send, now }: Deps): Handler<typeof wakeAgent> => {
  /** Whose heart is meant. */
  const placeFor = async (ref: string, workspace: string, caller: Caller): Promise<AgentPlace> => {
    const selector = selectSession(ref, agent, workspace);
    const place = 'id' in selector ? await store.findSession(selector) : placeOf(selector.key);
    if (!place || !knowsAgent(place.agent)) throw noSession(ref);
    requireEntry(caller, place.workspace, () => noSession(ref));
    await requireUsable(caller, place.workspace);
    return { workspace: place.workspace, agent: place.agent };
  };

  const atOnce = async (asked: { readonly text: string; readonly session: string; readonly workspace: string | undefined }, context: HandlerContext): Promise<string> => {
    const sent = send({ ...asked, mustExist: false, context: { channel: 'wake' }, options: {}, timeoutSeconds: 0 }, context);
    return ('next' in sent ? await drain(sent) : await sent).turnId;
  };

  return async ({ text, mode, session = 'main', workspace }, context) => {
    if (mode === 'now') return { mode, outcome: 'queued', turnId: await atOnce({ text, session, workspace }, context) };
    const { caller, once, entrusted: { source } } = context;
    const place = await placeFor(session, workspace ?? homeOf(caller), caller);
    const at = now();
    return { mode, outcome: await store.addWake({ ...place, id: newId('wake', at), text, source, now: at }, once) };
  };
};
