import { type EventData, partOf, type Vocabulary } from './word.ts';

const tokens = (usage: unknown): number =>
  Object.entries(partOf(usage)).reduce((sum, [name, count]) => (name.endsWith('Tokens') && typeof count === 'number' ? sum + count : sum), 0);

/** Whose it was: on every event of the document. */
const whose = ({ workspace, userId, channel, sessionId }: EventData): EventData => ({ workspace: workspace ?? null, userId: userId ?? null, channel: channel ?? null, sessionId: sessionId ?? null });

/** The six events of the third document's outbound webhooks; `channel.disconnected` is worded as the second document has it. */
export const messagesVocabulary: Vocabulary = {
  'message.received': {
    types: ['message.received'],
    say: ({ data }) => ({ messageId: data['messageId'] ?? null, ...whose(data), text: data['text'] ?? '', turnId: data['turnId'] ?? null }),
  },
  'message.sent': {
    types: ['message.sent'],
    say: ({ data }) => ({
      messageId: data['messageId'] ?? null, ...whose(data), response: data['response'] ?? '', tokensUsed: tokens(data['usage']), latencyMs: data['latencyMs'] ?? null, turnId: data['turnId'] ?? null,
    }),
  },
  'session.started': { types: ['session.started'], say: ({ data, sessionKey }) => ({ ...whose(data), sessionKey: sessionKey ?? null }) },
  'session.ended': { types: ['session.ended'], say: ({ data, sessionKey }) => ({ ...whose(data), sessionKey: sessionKey ?? null }) },
  'error.agent': {
    types: ['turn.failed'],
    say: ({ data }) => ({ ...partOf(data['error']), ...whose(data), turnId: data['turnId'] ?? null }),
  },
};
