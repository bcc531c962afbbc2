import type { Target } from './load.ts';
import type { ModelCall } from './model-call.ts';
import type { GatewayServer } from './processes.ts';
import type { StreamTarget } from './streams.ts';

/** What every turn of the benches asks. */
export const QUESTION = 'What is on today?';

const PATH = '/api/native/messages.send';

const authorised = ({ token }: GatewayServer) => ({ authorization: `Bearer ${token}` });

let sent = 0;

/** Turns of our gateway, spread over `sessions` so that no conversation grows long. */
export const turnsOf = (gateway: GatewayServer, sessions = 8_192): Target => ({
  url: gateway.url,
  path: PATH,
  headers: authorised(gateway),
  body: () => ({ session: `s${sent++ % sessions}`, text: QUESTION }),
});

/** The floor's route with the same body. */
export const turnsOfFloor = (url: string): Target => ({ url, path: '/turn', body: () => ({ text: QUESTION }) });

/** The model's own route, as the gateway calls it. */
export const modelTarget = (url: string, call: ModelCall): Target => ({ url, path: '/chat/completions', body: () => call });

export const streamOf = (gateway: GatewayServer, session: string): StreamTarget => ({
  url: gateway.url,
  path: PATH,
  headers: authorised(gateway),
  body: { session, text: 'Go on.' },
  isWord: (line) => line.startsWith('data: {"type":"text"'),
});

/** A stream as clients of the third document ask for it. */
export const messagesV1Stream = (gateway: GatewayServer, userId: string): StreamTarget => ({
  url: gateway.url,
  path: '/api/v1/messages/stream',
  headers: authorised(gateway),
  body: { workspace: 'main', userId, message: 'Go on.' },
  isWord: (line) => line.startsWith('data: {"type":"token"'),
});

export const streamOfModel = (url: string, call: ModelCall): StreamTarget => ({
  url,
  path: '/chat/completions',
  headers: {},
  body: call,
  isWord: (line) => line.includes('"content":"'),
});
