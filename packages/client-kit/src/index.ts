export { startDeadline } from './deadline.ts';
export { eachItem } from './each-item.ts';
export { follow } from './follow.ts';
export { type ClientErrorCode, OpenClawError, type OpenClawErrorCode } from './openclaw-error.ts';
export type { CallOptions, ConnectionOptions, Fetch, Page, Paged } from './options.ts';
export { Requester, type Whole } from './requester.ts';
export { pause } from './retry.ts';
export { segment } from './urls.ts';
