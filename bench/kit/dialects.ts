import { httpLane, type Lane, type Server, socketLane } from './lanes.ts';
import { QUESTION } from './targets.ts';

/** One way to send a message and wait for its reply. */
export interface Way {
  readonly name: string;
  readonly open: (server: Server) => Promise<Lane>;
}

/** Each user has a session that every dialect can name: `@` and the user in the workspace `main`. */
const sessionOf = (user: string): string => `@${user}`;

export const NATIVE: Way = {
  name: '`POST /api/native/messages.send`',
  open: (server) => httpLane(server, (user) => ({ path: '/api/native/messages.send', body: { session: sessionOf(user), text: QUESTION } })),
};

export const DIALECTS: readonly Way[] = [
  {
    name: '`POST /api/sessions/:key/messages`',
    open: (server) => httpLane(server, (user) => ({ path: `/api/sessions/${sessionOf(user)}/messages`, body: { message: QUESTION } })),
  },
  {
    name: '`POST /api/v1/messages`',
    open: (server) => httpLane(server, (user) => ({ path: '/api/v1/messages', body: { workspace: 'main', userId: user, message: QUESTION } })),
  },
  {
    name: '`POST /api/sessions/send`',
    open: (server) => httpLane(server, (user) => ({ path: '/api/sessions/send', body: { sessionKey: sessionOf(user), message: QUESTION } })),
  },
  {
    name: '`chat` frames',
    open: (server) => socketLane(server, 'response', (user) => ({ type: 'chat', payload: { text: QUESTION, session: sessionOf(user) } })),
  },
  {
    name: '`message` frames',
    open: (server) => socketLane(server, 'message', (user) => ({ type: 'message', session: sessionOf(user), content: QUESTION })),
  },
];
