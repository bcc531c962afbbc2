import type { GatewayError } from '@openclaw/contract';

/** The one JSON form of a failure, in every dialect. What a caller sent may stand in it, but never as markup. */
export const errorText = (error: GatewayError, wording: (error: GatewayError) => string = ({ code }) => code): string =>
  JSON.stringify(errorBody(error, wording(error))).replaceAll('<', String.raw`\u003c`);

const errorBody = ({ message, details }: GatewayError, code: string): object => {
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
