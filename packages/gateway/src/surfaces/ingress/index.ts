export { addHooks } from './add-hooks.ts';
export { addIngress } from './add-ingress.ts';
