import { openHookTransforms } from '../drivers/hook-transforms/thread/index.ts';
import { type AuditTrail, WrongCredentials } from '../engine/access/index.ts';
import type { Alarms } from '../engine/events/index.ts';
import type { Gateway } from '../engine/gateway.ts';
import { Callbacks, type CallbacksDeps, Hooks, Ingress, type Refused } from '../engine/ingress/index.ts';
import type { Log } from '../kernel/log.ts';
import type { LiveConfig } from './config/live-config.ts';

interface Sources {
  readonly gateway: Gateway;
  readonly config: Pick<LiveConfig, 'current' | 'onChange'>;
  readonly audit: AuditTrail;
  readonly alarms: Pick<Alarms, 'intrusion'>;
  readonly channels: CallbacksDeps['channels'];
  readonly log: Log;
}

/** The ways in for those who have no credential of ours, and vouch for themselves in another way. `close` before the audit log is. */
export const openIngress = ({ gateway, config, audit, alarms, channels, log }: Sources) => {
  const refusals = new WrongCredentials(audit, Date.now, { operation: 'webhooks.receive', wrong: 'webhook_invalid' });
  const refused: Refused = ({ address, outcome, at }) => {
    refusals.note(address, outcome);
    if (outcome === 'rate_limited') alarms.intrusion('webhook_forgery', { address, at });
  };
  const ingress = new Ingress({ gateway, endpoints: () => config.current().incoming, refused, log, now: Date.now });
  const knowsAgent = (id: string): boolean => Object.hasOwn(config.current().agents, id);
  const transforms = openHookTransforms(log);
  const unwatch = config.onChange(() => transforms.reload());
  const hooks = new Hooks({ gateway, settings: () => config.current().hooks, knowsAgent, transforms, refused, log, now: Date.now });
  const callbacks = new Callbacks({ channels, refused, now: Date.now });
  const close = async (): Promise<void> => {
    unwatch();
    refusals.tell();
    await transforms.close();
  };
  return { ingress, hooks, callbacks, hooksPath: config.current().hooks.path, close };
};
