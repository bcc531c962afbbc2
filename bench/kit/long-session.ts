import { join } from 'node:path';
import { openStore } from '../../packages/gateway/src/app/open-store.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';

/** Fills a session with turns as if they had been asked and answered, two messages each. */
export const fillSession = async (folder: string, name: string, messages: number): Promise<void> => {
  const { store, queue, bus } = await openStore(undefined, join(folder, 'openclaw.sqlite'), silent);
  const session = {
    id: `sess_${name}`, key: `agent:main:${name}`, kind: 'isolated', label: undefined, agent: 'main', workspace: 'main', userId: undefined, channel: 'bench', now: 1,
  } as const;
  const usage = { inputTokens: 20, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, model: 'bench/model', costUSD: 0, latencyMs: 1 };
  for (let n = 0; n < messages / 2; n++) {
    const turn = {
      id: `turn_${name}${n}`, messageId: `msg_${name}${n}`, session, text: `Question ${n}: what did we say about point ${n % 17}?`,
      context: {}, options: {}, caller: { id: 'bench', permissions: ['*'], workspaces: ['*'] }, now: n, once: undefined,
    };
    const { started } = await store.acceptTurn(turn, { owner: queue.owner ?? 'bench', execution: `bench/${n}` });
    if (!started) throw new Error('the session was busy');
    const message = { id: `msg_${name}${n}a`, text: `Answer ${n}: we said that it was fine.`, opaque: undefined, usage };
    await store.endTurn(started.fence, { state: 'done', message, reply: undefined, error: undefined, now: n });
  }
  await store.close();
  await queue.close();
  await bus.close();
};
