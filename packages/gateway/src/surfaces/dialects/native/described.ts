import { type Operation, OPERATIONS, watchActivity } from '@openclaw/contract';
import { z } from 'zod';
import type { DialectDescription, RouteDescription } from '../../kit/openapi/description.ts';

const StreamFailure = z.object({ type: z.literal('error'), code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) }).describe('The last line of a stream that failed.');

const nounOf = ({ name }: Operation): string => {
  const noun = name.slice(0, name.indexOf('.'));
  return noun.charAt(0).toUpperCase() + noun.slice(1);
};

const describe = (operation: Operation): RouteDescription => ({
  id: operation.name.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase()),
  tag: nounOf(operation),
  ...(operation.event && { description: 'With `Accept: text/event-stream` it tells what happens while it runs, then `done` or `error`.' }),
  body: operation.input,
  reply: operation.output,
  ...(operation.event && {
    event: z.union([operation.event, z.object({ type: z.literal('done'), output: operation.output }).describe('The last line.'), StreamFailure]),
  }),
  ...(operation === watchActivity && { endless: true }),
});

/** The contract describes itself. */
export const nativeDescription: DialectDescription = {
  title: 'The contract as it is',
  about: 'Every operation by its own name: `POST /api/native/<operation>` takes the operation’s input as JSON and answers with its output.',
  tags: Object.fromEntries(OPERATIONS.map((operation) => [nounOf(operation), `Operations on ${nounOf(operation).toLowerCase()}.`])),
  schemas: { StreamFailure },
  routes: Object.fromEntries(OPERATIONS.map((operation) => [`POST /api/native/${operation.name}`, describe(operation)])),
};
