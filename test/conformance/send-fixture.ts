import type { SendFilter } from '../../packages/gateway/src/engine/ports/channel-store.ts';
import type { Duties } from '../../packages/gateway/src/engine/ports/turn-records.ts';

/** Every send there is. */
export const all: SendFilter = { channel: undefined, states: undefined, doubtful: false, workspaces: undefined, limit: 50, offset: 0 };
/** An answer that goes to where it was asked for. */
export const toAnn: Duties = { deliver: { channel: 'telegram', to: '42', thread: '7', inReplyTo: '1001' } };
