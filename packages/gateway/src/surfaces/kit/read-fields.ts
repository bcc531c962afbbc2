import { GatewayError } from '@openclaw/contract';

/** The fields of something a client sent. What they hold is read by the door; that there are any is seen to here. */
export const fieldsOf = (sent: unknown, what = 'The body'): Readonly<Record<string, unknown>> => {
  if (sent === undefined) return {};
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) throw new GatewayError('invalid_request', `${what} must be a JSON object`, { path: '' });
  // An object that came as JSON.
  return sent as Readonly<Record<string, unknown>>;
};

/** `?kinds=main,isolated` and `?kinds=main&kinds=isolated` alike. */
export const listOf = (sent: unknown): unknown => (typeof sent === 'string' ? sent.split(',').map((one) => one.trim()).filter((one) => one !== '') : sent);

/** A switch in an address is a word. */
export const flagOf = (sent: unknown): unknown => {
  if (sent === 'true' || sent === '1' || sent === '') return true;
  if (sent === 'false' || sent === '0') return false;
  return sent;
};
