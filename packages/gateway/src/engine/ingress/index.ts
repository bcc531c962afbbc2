export { Callbacks, type CallbacksDeps } from './callbacks.ts';
export { Delivery, type Head } from './delivery.ts';
export type { Endpoint } from './endpoint.ts';
export type { HookMapping, HookSettings } from './hooks/hook-settings.ts';
export { Hooks } from './hooks/hooks.ts';
export { type Entrance, Ingress, type Received } from './ingress.ts';
export { isReadable } from './read-content.ts';
export type { Refused } from './refused.ts';
export { SentHeaders } from './sent-headers.ts';
