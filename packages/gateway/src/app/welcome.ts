import type { GatewayToken } from './state/gateway-token.ts';
import type { StateFolder } from './state/state-folder.ts';

interface Facts {
  readonly url: string;
  readonly second: number | undefined;
  readonly token: GatewayToken;
  readonly authRequired: boolean;
  readonly model: string;
  readonly modelSource: string;
  readonly folder: StateFolder;
}

/** What a person sees when the gateway is ready: where it is, how to get in, and one command to try. */
export const welcome = ({ url, second, token, authRequired, model, modelSource, folder }: Facts): string => {
  const also = second === undefined ? '' : ` and ${url.replace(/:\d+$/, `:${second}`)}`;
  const secret = authRequired ? `-H "Authorization: Bearer ${token.inShell}" ` : '';
  return `
  OpenClaw is ready.

  URL     ${url}${also}
  Token   ${authRequired ? token.source : 'none: authentication is off (gateway.auth.enabled)'}
  Model   ${model} (${modelSource})
  State   ${folder.root}

  Try it:
    curl -s ${url}/api/native/messages.send ${secret}-H "Content-Type: application/json" -d '{"text":"Hello!"}'

`;
};
