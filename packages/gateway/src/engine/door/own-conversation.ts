import { addCronJob, GatewayError, type InputOf, listCronJobs, type Operation, removeCronJob, sessionHistory } from '@openclaw/contract';
import type { Conversation } from '../ports/turn-records.ts';

type Stays = (input: unknown, sessionKey: string) => boolean;

// Each is asked of input that its own operation's schema has read.
const stays = <Op extends Operation>(operation: Op, isWithin: (input: InputOf<Op>, sessionKey: string) => boolean): readonly [string, Stays] => [
  operation.name, (input, sessionKey) => isWithin(input as InputOf<Op>, sessionKey),
];

/** What can be done in one conversation, and when it is. Of a job that is to go, whoever removes it looks where it speaks. */
const WITHIN: ReadonlyMap<string, Stays> = new Map([
  stays(sessionHistory, ({ session }, own) => session === own),
  stays(addCronJob, ({ target, delivery }, own) => target === `session:${own}` && delivery === undefined),
  stays(listCronJobs, ({ target }, own) => target === `session:${own}`),
  stays(removeCronJob, () => true),
]);

/** Throws where a tool, in the hands of somebody who writes by chat, reaches out of the conversation it is used in. */
export const requireWithin = (operation: Operation, input: unknown, conversation: Conversation | undefined): void => {
  if (conversation && WITHIN.get(operation.name)?.(input, conversation.sessionKey)) return;
  throw new GatewayError('forbidden', `Here ${operation.name} can be used for this conversation alone: whoever writes by chat sees and changes no other`);
};
