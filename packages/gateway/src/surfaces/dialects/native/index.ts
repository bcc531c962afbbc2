import { OPERATIONS, type Operation } from '@openclaw/contract';
import { type Dialect, type Route, route } from '../../kit/dialect.ts';

/** Operations that show what happens while they run. */
const STREAMS = new Set(['messages.send', 'turns.watch']);

const toRoute = (operation: Operation): Route =>
  route({
    method: 'POST',
    path: `/api/native/${operation.name}`,
    operation,
    status: 200,
    // No body at all asks for the defaults; `null` is a body.
    toInput: ({ body }) => (body === undefined ? {} : body),
    toReply: (output) => output,
    ...(STREAMS.has(operation.name) && {
      stream: {
        wanted: 'when accepted',
        toEvent: (event) => event,
        toLast: (output) => ({ type: 'done', output }),
        toError: ({ code, message, details }) => ({ type: 'error', code, message, details }),
      },
    }),
  });

/** The contract as it is, one route an operation: what our own command line speaks. */
export const nativeDialect: Dialect = { name: 'native', routes: OPERATIONS.map(toRoute) };
