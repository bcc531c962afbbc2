import { OPERATIONS, type Operation } from '@openclaw/contract';
import { type Dialect, type Frame, frame, type Route, route } from '../../kit/dialect.ts';

const toRoute = (operation: Operation): Route =>
  route({
    method: 'POST',
    path: `/api/native/${operation.name}`,
    operation,
    status: 200,
    // No body at all asks for the defaults; `null` is a body.
    toInput: ({ body }) => (body === undefined ? {} : body),
    toReply: (output) => output,
    ...(operation.event && {
      stream: {
        wanted: 'when accepted',
        // Every event of the contract is an object.
        toEvent: (event) => event as object,
        toLast: (output) => ({ type: 'done', output }),
        toError: ({ code, message, details }) => ({ type: 'error', code, message, details }),
      },
    }),
  });

/** Any operation on a socket: `{type: "call", id, operation, input}`, answered by `event` frames and one `done`. */
const call: Frame = frame({
  type: 'call',
  operation: ({ body }) => OPERATIONS.find(({ name }) => name === body['operation']),
  toInput: ({ body: { input = {} } }) => input,
  toEvent: (event, { id }) => ({ type: 'event', id, event }),
  toReply: (output, { id }) => ({ type: 'done', id, output }),
});

/** The contract as it is, one route an operation: what our own command line speaks. */
export const nativeDialect: Dialect = { name: 'native', routes: OPERATIONS.map(toRoute), frames: [call], described: async () => (await import('./described.ts')).nativeDescription };
