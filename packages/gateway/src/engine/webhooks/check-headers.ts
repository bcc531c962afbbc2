import { GatewayError } from '@openclaw/contract/errors';

/** What the gateway, or the connection, says by itself: another value would break the request or the proof that it is ours. */
const OURS = /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|webhook-(?:id|timestamp|signature)|x-openclaw-.*)$/i;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export const checkHeaders = (headers: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value)) throw new GatewayError('invalid_request', `headers: ${NAME.test(name) ? name : 'a name'} cannot be sent as a header`, { path: 'headers' });
    if (OURS.test(name)) throw new GatewayError('invalid_request', `headers: ${name} is set by the gateway`, { path: 'headers' });
  }
};
