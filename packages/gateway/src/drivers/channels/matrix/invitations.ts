import { z } from 'zod';
import { type ChannelContext, ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { type CallApi, pathOf } from './client-server-api.ts';

/** Anybody can ask anybody: so many are kept in mind, the newest. */
const MOST_KEPT = 200;

const Asked = z.object({
  type: z.literal('m.room.member'),
  sender: z.string(),
  state_key: z.string(),
  content: z.object({ membership: z.literal('invite'), is_direct: z.boolean().optional().catch(undefined) }),
});

/** As the homeserver tells of rooms an account is asked into, by their ids. */
export const InvitedRooms = z.record(z.string(), z.object({ invite_state: z.object({ events: z.array(z.unknown()).default([]) }).optional() }));

interface Invitation {
  readonly by: string;
  readonly isDirect: boolean;
  told: boolean;
}

interface Deps {
  readonly call: CallApi;
  readonly me: string;
  readonly context: Pick<ChannelContext, 'invited'>;
  readonly log: Log;
}

/** Rooms this account is asked into. It goes where it may; the others wait, for the owner may change their mind. */
export class Invitations {
  readonly #deps: Deps;
  readonly #waiting = new Map<string, Invitation>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  hear(rooms: z.infer<typeof InvitedRooms> = {}): void {
    for (const [room, { invite_state: state }] of Object.entries(rooms)) {
      const asked = state?.events.map((event) => Asked.safeParse(event).data).find((event) => event?.state_key === this.#deps.me);
      if (!asked) continue;
      this.#waiting.delete(room);
      this.#waiting.set(room, { by: asked.sender, isDirect: asked.content.is_direct === true, told: false });
      const [oldest] = this.#waiting.keys();
      if (this.#waiting.size > MOST_KEPT && oldest !== undefined) this.#waiting.delete(oldest);
    }
  }

  forget(room: string): void {
    this.#waiting.delete(room);
  }

  async follow(): Promise<void> {
    const { context, log } = this.#deps;
    for (const [room, asked] of this.#waiting) {
      const { by, isDirect, told } = asked;
      if (context.invited({ conversation: { id: room, kind: isDirect ? 'direct' : 'group' }, sender: { id: by } })) await this.#enter(room, by);
      else if (!told) log('info', `${by} asks into a room, and may not`, { channel: 'matrix', room, sender: by });
      asked.told = true;
    }
  }

  async #enter(room: string, by: string): Promise<void> {
    const { call, log } = this.#deps;
    try {
      await call('POST', pathOf`/rooms/${room}/join`, { body: {}, result: z.unknown() });
      log('info', `followed ${by} into a room`, { channel: 'matrix', room, sender: by });
      this.#waiting.delete(room);
    } catch (thrown) {
      if (!(thrown instanceof ChannelFailure)) throw thrown;
      log('warn', 'a room could not be entered', { channel: 'matrix', room, sender: by, cause: thrown.message });
      if (thrown.kind === 'permanent') this.#waiting.delete(room);
    }
  }
}
