import { type GatewayError, toGatewayError } from '@openclaw/contract';

/** The one form of a failure on a socket. Its codes are written in capitals, as the documents print them. */
export const errorFrame = (thrown: unknown, id: string | undefined, more: object = {}): object => {
  const { code, message, details }: GatewayError = toGatewayError(thrown);
  const { retryAfterSeconds, ...rest } = details;
  return {
    type: 'error',
    ...(id !== undefined && { id }),
    payload: {
      code: code.toUpperCase(),
      message,
      ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
      ...(Object.keys(rest).length > 0 && { details: rest }),
    },
    timestamp: new Date().toISOString(),
    ...more,
  };
};
