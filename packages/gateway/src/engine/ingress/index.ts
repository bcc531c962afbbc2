export { Delivery, type Head } from './delivery.ts';
export type { Endpoint } from './endpoint.ts';
export { type Entrance, Ingress, type Received } from './ingress.ts';
export { isReadable } from './read-content.ts';
export { SentHeaders } from './sent-headers.ts';
