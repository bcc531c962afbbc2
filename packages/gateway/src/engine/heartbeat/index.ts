export { Heart } from './heart.ts';
export { heartbeatHandlers } from './heartbeat-handlers.ts';
export { Pulse } from './pulse.ts';
export type { HeartbeatSettings } from './settings.ts';
export { wakeHandler } from './wake-handler.ts';
