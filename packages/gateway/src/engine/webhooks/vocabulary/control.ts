import { type EventData, type Happening, partOf, placeOf, textOf, type Vocabulary } from './word.ts';

/** The ways in whose turns are pieces of work, asked for by a program and not by somebody who talks. */
const WORK: ReadonlySet<unknown> = new Set(['webhook', 'hook', 'cron', 'skill']);

const LONGEST_NAME = 100;

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, LONGEST_NAME) ?? '';

/** A turn in a session has no name of its own; the session has: `webhook-deploy-alert`. */
const nameOf = (sessionKey = ''): string => sessionKey.split(':').at(-1) ?? '';

/** A task has its own event; the answer that ended it is not told a second time. */
const workDone = (happening: Happening): EventData | undefined => {
  const { type, data } = happening;
  if (type === 'message.sent' && (textOf(data['taskId']) !== null || !WORK.has(data['channel']))) return undefined;
  const name = textOf(data['label']) ?? textOf(data['prompt']) ?? nameOf(happening.sessionKey);
  return {
    task_name: firstLine(name),
    result: data['result'] ?? data['response'] ?? '',
    duration: data['durationMs'] ?? null,
    task_id: data['taskId'] ?? data['turnId'] ?? null,
    ...placeOf(happening),
  };
};

/** A failed turn says why in `error`; the gateway itself in `message`. Where in its code it failed stays in its log. */
const failure = (happening: Happening): EventData => {
  const { type, data } = happening;
  const { code = null, message = null } = partOf(data['error']);
  const context = { turn_id: data['turnId'] ?? null, task_id: data['taskId'] ?? null, channel: data['channel'] ?? null, ...placeOf(happening) };
  if (type === 'system.error') return { code: data['code'] ?? 'internal', message: data['message'] ?? null, stack: null, context: { ...context, during: data['during'] ?? null } };
  return { code, message, stack: null, context };
};

/** The five events of the second document's egress. */
export const controlVocabulary: Vocabulary = {
  'agent.task.completed': { types: ['task.completed', 'message.sent'], say: workDone },
  'agent.error': { types: ['turn.failed', 'system.error'], say: failure },
  'channel.message.received': {
    types: ['message.received'],
    say: (happening) => {
      const { channel, userId, sender, text, messageId } = happening.data;
      return { channel: channel ?? 'api', sender: sender ?? userId ?? null, text: text ?? '', message_id: messageId ?? null, ...placeOf(happening) };
    },
  },
  'channel.disconnected': {
    types: ['channel.disconnected'],
    say: ({ data }) => ({ ...data, channel: data['channel'] ?? null, error: data['error'] ?? null }),
  },
  'security.alert': {
    types: ['security.alert'],
    say: ({ data }) => ({ type: data['alert'] ?? null, severity: data['severity'] ?? null, details: data['details'] ?? {} }),
  },
};
