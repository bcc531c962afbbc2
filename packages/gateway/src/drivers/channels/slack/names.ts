import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { CallWebApi } from './web-api.ts';

const KEPT = 1_000;
/** A message does not wait longer for the name of whoever wrote it. */
const PATIENCE_MS = 1_500;
const Found = z.object({ user: z.object({ name: z.string().nullish(), real_name: z.string().nullish(), profile: z.object({ display_name: z.string().nullish() }).nullish() }) });

/** What people are called, which their messages do not say. Where Slack does not tell, they go by their ids. */
export const nameBook = (call: CallWebApi): ((user: string) => Promise<string | undefined>) => {
  const names = new Map<string, string | undefined>();
  const keep = (user: string, name: string | undefined): void => {
    const [oldest] = names.keys();
    if (names.size >= KEPT && oldest !== undefined) names.delete(oldest);
    names.set(user, name);
  };
  const lookUp = async (user: string): Promise<void> => {
    try {
      const { user: { name, real_name: real, profile } } = await call('users.info', { user }, Found);
      keep(user, profile?.display_name || real || name || undefined);
    } catch (thrown) {
      if (thrown instanceof ChannelFailure && thrown.kind === 'permanent') keep(user, undefined);
    }
  };
  return async (user) => {
    if (!names.has(user)) await Promise.race([lookUp(user), sleep(PATIENCE_MS, undefined, { ref: false })]);
    return names.get(user);
  };
};
