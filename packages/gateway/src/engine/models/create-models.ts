import type { Log } from '../../kernel/log.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { ModelDriver } from '../ports/model.ts';
import { knownProvider } from './known-providers.ts';
import { ImagesShown } from './images-shown.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { type ListedProvider, listModels } from './list-models.ts';
import type { ModelSettings } from './model-settings.ts';
import { planTries } from './plan-tries.ts';
import { type Catalogue, defaultName, type ModelRoute, type ResolvedModel, resolveModel, routeTo } from './resolve-model.ts';
import { type AnyModelRequest, type ModelOutcome, realSleep, type RoutedEvent, type Sleep, streamModel } from './stream-model.ts';

/** Names that are kept once resolved; callers may send any number of them. */
const MOST_NAMES = 1_000;

export interface ModelDependencies {
  readonly drivers: readonly ModelDriver[];
  readonly http: HttpClient;
  readonly log: Log;
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number;
  readonly sleep?: Sleep;
  readonly random?: () => number;
}

export interface Models {
  /** What the default resolves to, for the status; the name as it was given, where it does not resolve. */
  readonly defaultId: string;
  /** The model a name or alias means; without one, the default. Throws `model_not_configured`, which says what to set. */
  resolve(name?: string): ResolvedModel;
  /**
   * One step of a model, with retries, other keys and the fallbacks behind it.
   *
   * - After `retry`, what was streamed of the step before it is void.
   * - A refusal is an outcome. No answer is a GatewayError: `model_overloaded` or `model_failed`, or `invalid_request`
   *   with the reason `context_too_long`, after which a shorter conversation may be asked.
   * - Aborting `signal` rejects with its reason.
   */
  stream(model: ResolvedModel, request: AnyModelRequest, signal: AbortSignal): AsyncGenerator<RoutedEvent, ModelOutcome>;
  list(signal: AbortSignal): Promise<readonly ListedProvider[]>;
}

export const createModels = (settings: ModelSettings, deps: ModelDependencies): Models => {
  const catalogue: Catalogue = { settings: withAddresses(settings), drivers: deps.drivers };
  const { http, log, now = () => performance.now(), sleep = realSleep, random = Math.random } = deps;
  const rings = new Map<string, KeyRing>();
  const images = new ImagesShown();
  const routes = new Map<string | undefined, ModelRoute>();

  /** Settings stay as they are for the life of this object, so a name means the same every time. */
  const resolveOnce = (name: string | undefined): ModelRoute => {
    const known = routes.get(name);
    if (known) return known;
    const route = resolveModel(catalogue, name);
    if (routes.size < MOST_NAMES) routes.set(name, route);
    return route;
  };

  const ringOf = ({ provider, settings: { apiKeys } }: ModelRoute): KeyRing => {
    const ring = rings.get(provider) ?? createKeyRing(apiKeys);
    rings.set(provider, ring);
    return ring;
  };

  /** The fallbacks that can be reached, without the model that failed already. */
  const fallbacksFor = (primary: ModelRoute): readonly ModelRoute[] => {
    const routes = settings.fallbacks.flatMap((name) => {
      try {
        return resolveModel(catalogue, name);
      } catch (error) {
        log('warn', 'A fallback model is skipped.', { model: name, reason: error instanceof Error ? error.message : String(error) });
        return [];
      }
    });
    const seen = new Set([primary.id]);
    return routes.filter(({ id }) => !seen.has(id) && seen.add(id));
  };

  return {
    defaultId: defaultIdOf(catalogue),
    resolve(name) {
      return resolveOnce(name);
    },
    stream(model, request, signal) {
      const primary = isRoute(model) ? model : routeTo(catalogue, model);
      const plan = planTries({ primary, fallbacks: () => fallbacksFor(primary), ringOf, now, random });
      return streamModel({ plan, primaryId: primary.id, http, prices: settings.prices, images, now, sleep, log }, request, signal);
    },
    list: (signal) => listModels(catalogue, http, signal),
  };
};

/** A provider that is known has its own address, whatever wire it shares with others: a key must not go to another company. */
const withAddresses = (settings: ModelSettings): ModelSettings => ({
  ...settings,
  providers: Object.fromEntries(
    Object.entries(settings.providers).map(([id, provider]) => {
      const baseUrl = provider.baseUrl ?? knownProvider(id)?.baseUrl;
      return [id, baseUrl === undefined ? provider : { ...provider, baseUrl }];
    }),
  ),
});

/** What `resolve` hands out knows the way already. */
const isRoute = (model: ResolvedModel): model is ModelRoute => 'driver' in model;

const defaultIdOf = (catalogue: Catalogue): string => {
  try {
    return resolveModel(catalogue, undefined).id;
  } catch {
    return defaultName(catalogue.settings);
  }
};
