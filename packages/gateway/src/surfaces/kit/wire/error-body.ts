import type { GatewayError } from '@openclaw/contract';

/** The one JSON form of a failure, in every dialect. */
export const errorBody = ({ code, message, details }: GatewayError): object => {
  const { retryAfterSeconds, ...rest } = details;
  return {
    error: {
      code,
      message,
      ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
      ...(Object.keys(rest).length > 0 && { details: rest }),
    },
  };
};
