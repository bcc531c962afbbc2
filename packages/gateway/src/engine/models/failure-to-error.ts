import { GatewayError } from '@openclaw/contract';
import type { FailedModel } from './plan-tries.ts';
import { whereToSetKey } from './resolve-model.ts';

/** No model answered: what to tell whoever asked. Names each model, and repeats the provider's own words without any key. */
export const failureToError = (failures: readonly FailedModel[]): GatewayError => {
  const said = failures.map(describe).join(' ');
  const kinds = failures.map(({ failure }) => failure.kind);
  const details = { model: failures[0]?.route.id, kinds };
  if (kinds.length > 0 && kinds.every((kind) => kind === 'overloaded' || kind === 'rate_limited')) {
    return new GatewayError('model_overloaded', `No model has room now. ${said}`, { ...details, retryAfterSeconds: retryAfterSeconds(failures) });
  }
  return new GatewayError('model_failed', `No model answered. ${said}`, details);
};

/** The agent makes the conversation shorter and asks again. */
export const contextTooLong = ({ route, failure }: FailedModel): GatewayError =>
  new GatewayError('invalid_request', `The conversation is too long for ${route.id}: ${withoutKeys({ route, failure })}`, {
    reason: 'context_too_long',
    model: route.id,
  });

const describe = (failed: FailedModel): string => {
  const { route, failure } = failed;
  const hint = failure.kind === 'auth' ? ` Check the key: ${whereToSetKey(route.provider)}.` : '';
  return `${route.id}: ${ended(withoutKeys(failed))}${hint}`;
};

/** Drivers mask the key they were given; another key of the same provider may be in the words as well. */
const withoutKeys = ({ route, failure }: FailedModel): string =>
  route.settings.apiKeys.filter((key) => key.length >= 6).reduce((text, key) => text.replaceAll(key, '***'), failure.message);

const ended = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const retryAfterSeconds = (failures: readonly FailedModel[]): number => {
  const named = failures.map(({ failure }) => failure.retryAfterMs).filter((ms) => ms !== undefined);
  return named.length === 0 ? 30 : Math.max(1, Math.ceil(Math.min(...named) / 1000));
};
