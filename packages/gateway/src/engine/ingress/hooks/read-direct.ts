import { GatewayError } from '@openclaw/contract';
import { z } from 'zod';
import type { Duties } from '../../ports/turn-records.ts';
import { chooseAgent, chooseSession, chooseWoken } from './choose-session.ts';
import type { AgentAction, WakeAction } from './hook-action.ts';
import type { HookSettings } from './hook-settings.ts';

interface Rules {
  readonly settings: HookSettings;
  readonly knowsAgent: (id: string) => boolean;
}

const word = () => z.string().trim().min(1).max(500).optional();

const WakeBody = z.looseObject({
  text: z.string().trim().min(1),
  mode: z.enum(['now', 'next-heartbeat']).default('now'),
  agentId: word(),
  sessionKey: word(),
});

/** What has no meaning here is read all the same, for senders that send it. */
const AgentBody = z.looseObject({
  message: z.string().trim().min(1),
  name: z.string().max(500).default('hook'),
  agentId: word(),
  sessionKey: word(),
  sessionMode: z.enum(['isolated', 'persistent']).default('isolated'),
  waitForCompletion: z.boolean().default(false),
  wakeMode: z.enum(['now', 'next-heartbeat']).optional(),
  deliver: z.boolean().default(true),
  channel: word(),
  to: word(),
  accountId: word(),
  model: word(),
  thinking: z.string().optional(),
  timeoutSeconds: z.unknown().optional(),
});

const read = <T extends z.ZodType>(schema: T, body: unknown): z.output<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new GatewayError('invalid_request', `${path === '' ? 'The body' : path}: ${issue?.message ?? 'invalid'}`, { path });
};

/** `POST /hooks/wake` */
export const readWake = (body: unknown, { settings, knowsAgent }: Rules): WakeAction => {
  const { text, mode, agentId, sessionKey: key } = read(WakeBody, body);
  const agent = chooseAgent(agentId, settings, knowsAgent);
  if (key !== undefined && mode !== 'now') throw new GatewayError('invalid_request', 'sessionKey: the next heartbeat has a session of its own', { path: 'sessionKey' });
  const session = chooseWoken({ agent, key, asked: key !== undefined }, settings);
  return { kind: 'wake', text, mode, session, source: { name: 'Hook' } };
};

/** `POST /hooks/agent` */
export const readAgent = (body: unknown, { settings, knowsAgent }: Rules): { readonly action: AgentAction; readonly waits: boolean } => {
  const { message, name, agentId, sessionKey: key, sessionMode: mode, waitForCompletion, model, timeoutSeconds, ...where } = read(AgentBody, body);
  const agent = chooseAgent(agentId, settings, knowsAgent);
  if (mode === 'persistent' && key === undefined) throw new GatewayError('invalid_request', 'sessionKey: a session that goes on needs a name', { path: 'sessionKey' });
  const session = chooseSession({ agent, key, asked: key !== undefined, mode, name }, settings);
  const seconds = typeof timeoutSeconds === 'number' && timeoutSeconds >= 1 ? Math.min(Math.floor(timeoutSeconds), 86_400) : undefined;
  return { action: { kind: 'agent', text: message, session, model, timeoutSeconds: seconds, duties: dutiesOf(where), source: { name: 'Hook' } }, waits: waitForCompletion };
};

const dutiesOf = ({ deliver, channel, to, accountId }: Pick<z.output<typeof AgentBody>, 'deliver' | 'channel' | 'to' | 'accountId'>): Duties | undefined => {
  if (!deliver || (channel === undefined && to === undefined && accountId === undefined)) return undefined;
  if (accountId !== undefined) throw new GatewayError('invalid_request', 'accountId: a channel has one account here; name the channel', { path: 'accountId' });
  if (channel === undefined || to === undefined) throw new GatewayError('invalid_request', 'channel and to: name both, or neither', { path: channel === undefined ? 'channel' : 'to' });
  if (channel === 'last') throw new GatewayError('invalid_request', 'channel: name one', { path: 'channel' });
  return { deliver: { channel, to } };
};
