export { addCallbacks } from './add-callbacks.ts';
export { addHooks } from './add-hooks.ts';
export { addIngress } from './add-ingress.ts';
