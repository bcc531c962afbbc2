import type { Target } from './load.ts';
import type { GatewayServer } from './processes.ts';
import type { StreamTarget } from './streams.ts';

const PATH = '/api/native/messages.send';

const authorised = ({ token }: GatewayServer) => ({ authorization: `Bearer ${token}` });

let sent = 0;

/** Turns of our gateway, spread over `sessions` so that no conversation grows long. */
export const turnsOf = (gateway: GatewayServer, sessions = 8_192): Target => ({
  url: gateway.url,
  path: PATH,
  headers: authorised(gateway),
  body: () => ({ session: `s${sent++ % sessions}`, text: 'What is on today?' }),
});

/** The floor's route with the same body. */
export const turnsOfFloor = (url: string): Target => ({ url, path: '/turn', body: () => ({ text: 'What is on today?' }) });

/** The model's own route, as the gateway calls it. */
export const modelCall = (url: string): Target => ({
  url,
  path: '/chat/completions',
  body: () => ({ model: 'model', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'What is on today?' }] }),
});

export const streamOf = (gateway: GatewayServer, session: string): StreamTarget => ({
  url: gateway.url,
  path: PATH,
  headers: authorised(gateway),
  body: { session, text: 'Go on.' },
  isWord: (line) => line.startsWith('data: {"type":"text"'),
});

export const streamOfModel = (url: string): StreamTarget => {
  const { path, body } = modelCall(url);
  return { url, path, headers: {}, body: body(0), isWord: (line) => line.includes('"content":"') };
};
