/** The catalogue of durable events: written in the transaction that causes them, kept, and delivered from there. */
export const EVENT_TYPES = [
  'message.received',
  'message.sent',
  'session.started',
  'session.ended',
  'turn.failed',
  'turn.cancelled',
  'task.started',
  'task.completed',
  'task.failed',
  'skill.installed',
  'skill.removed',
  'budget.warning',
  'cron.finished',
  'channel.connected',
  'channel.disconnected',
  'webhook.disabled',
  'webhook.exhausted',
  'security.alert',
  'system.error',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
