import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Log } from '../../kernel/log.ts';
import type { HttpClient } from '../ports/http-client.ts';
import type { ModelConnection, ModelEvent, ModelRequest, ModelUsage, Opaque } from '../ports/model.ts';
import { contextTooLong, failureToError } from './failure-to-error.ts';
import { holdsImages, type ImagesShown, mayBeTheImages, withoutImages } from './images-shown.ts';
import type { ModelSettings } from './model-settings.ts';
import type { Failure, Try, TryPlan } from './plan-tries.ts';
import { priceOf } from './price.ts';

export type RoutedEvent =
  | Extract<ModelEvent, { type: 'text' | 'reasoning' | 'tool_call' }>
  /** What was streamed of this step is void: it begins again. */
  | { readonly type: 'retry'; readonly reason: string };

export interface ModelOutcome {
  /** The model that answered, which may be a fallback. */
  readonly modelId: string;
  readonly reason: 'stop' | 'length' | 'tool_calls' | 'refused';
  readonly usage: ModelUsage;
  /** Undefined where no price is known. */
  readonly costUSD: number | undefined;
  /** From asking to the end of the answer, of the try that gave it. */
  readonly latencyMs: number;
  readonly opaque?: Opaque;
}

export type AnyModelRequest = Omit<ModelRequest, 'model'>;

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const realSleep: Sleep = (ms, signal) => sleepFor(ms, undefined, { signal });

export interface StreamContext {
  readonly plan: TryPlan;
  readonly primaryId: string;
  readonly http: HttpClient;
  readonly prices: ModelSettings['prices'];
  readonly images: ImagesShown;
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly log: Log;
}

/** One step of a model, whatever it takes: the tries of the plan until one gives an answer. */
export async function* streamModel(context: StreamContext, request: AnyModelRequest, signal: AbortSignal): AsyncGenerator<RoutedEvent, ModelOutcome> {
  const { plan, images, now } = context;
  /** Models that are asked with words alone in this step, after they refused it with its images. */
  const unseeing = new Set<string>();
  let attempt = plan.first();
  while (attempt !== undefined) {
    const { route } = attempt;
    await waitFor(context, attempt.waitMs, signal);
    const all = images.to(route, request.messages);
    const messages = unseeing.has(route.id) ? withoutImages(all) : all;
    const startedAt = now();
    let shown = false;
    let end: Extract<ModelEvent, { type: 'finished' | 'failed' }> | undefined;
    try {
      for await (const event of ask(context, attempt, { ...request, messages }, signal)) {
        if (event.type === 'finished' || event.type === 'failed') {
          end = event;
          break;
        }
        shown = true;
        yield event;
      }
    } catch (error) {
      signal.throwIfAborted();
      end = brokenDriver(error);
    }
    end ??= brokenDriver(undefined);
    if (end.type === 'finished') {
      const latencyMs = now() - startedAt;
      plan.succeeded(attempt);
      if (unseeing.has(route.id)) images.refuse(route, all);
      const { reason, usage, opaque } = end;
      const costUSD = await priceOf(route, usage, context.prices);
      return { modelId: route.id, reason, usage, costUSD, latencyMs, ...(opaque === undefined ? {} : { opaque }) };
    }
    signal.throwIfAborted();
    const refusesImages = holdsImages(messages) && mayBeTheImages(end);
    if (refusesImages) unseeing.add(route.id);
    const next = refusesImages ? withWordsAlone(context, attempt, end) : afterFailure(context, attempt, end);
    if (next !== undefined && shown) yield { type: 'retry', reason: end.message };
    attempt = next;
  }
  throw failureToError(plan.failures());
}

const ask = ({ http }: StreamContext, { route, key }: Try, request: AnyModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> => {
  const { baseUrl = '', headers } = route.settings;
  const connection: ModelConnection = { http, baseUrl, apiKey: key, ...(headers === undefined ? {} : { headers }) };
  const maxTokens = Math.min(request.maxTokens, route.maxOutputTokens);
  return route.driver.provider.stream({ ...request, model: route.name, maxTokens }, connection, signal);
};

/** The plan hears nothing of it: whether the model can answer is still to be seen. */
const withWordsAlone = ({ log }: StreamContext, tried: Try, { kind, message }: Failure): Try => {
  log('warn', 'A model took no pictures; it is asked with words alone.', { model: tried.route.id, kind, reason: message });
  return { ...tried, waitMs: 0 };
};

const afterFailure = ({ plan, log, primaryId }: StreamContext, tried: Try, failure: Failure): Try | undefined => {
  const { route } = tried;
  const { kind, message } = failure;
  if (kind === 'context_too_long' && route.id === primaryId) throw contextTooLong({ route, failure });
  const next = plan.after(tried, failure);
  const then = next === undefined ? 'none' : next.route.id;
  log('warn', 'A model gave no answer.', { model: route.id, kind, reason: message, next: then, waitMs: Math.round(next?.waitMs ?? 0) });
  return next;
};

/** The port forbids both, but drivers of users load here too. */
const brokenDriver = (error: unknown): Failure => ({
  type: 'failed',
  kind: 'protocol',
  message: `The model driver broke: ${error instanceof Error ? error.message : 'it ended without an end.'}`,
});

const waitFor = async ({ sleep }: StreamContext, ms: number, signal: AbortSignal): Promise<void> => {
  if (ms > 0) await sleep(ms, signal).catch(() => undefined);
  signal.throwIfAborted();
};
