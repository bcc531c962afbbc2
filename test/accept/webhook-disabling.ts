import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { openWebhookWorld, type WebhookWorld } from '../support/webhook-world.ts';

interface Scale {
  /** How far the clock is put on each time, and how often something happens. */
  readonly stepHours: number;
  readonly eventHours: number;
  readonly broken?: (store: Store) => Store;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW = 5 * DAY;
/** The clock of an endpoint starts at its fifth failure in a row, which takes tries some time to come to. */
const STARTS_WITHIN = DAY;
const LASTS = WINDOW + 1.5 * DAY;
const FROM = Date.UTC(2026, 2, 2);
/** Whoever fails sporadically does something well so often. */
const WELL_EACH = 2 * DAY;

interface Endpoint {
  readonly name: string;
  readonly id: string;
  /** What it has answered with success. */
  readonly taken: Set<string>;
  firstFailedAt: number | undefined;
  disabledAt: number | undefined;
}

/** Days go by in seconds. Endpoints that are gone, dead, or fail now and then: who is switched off, when, and what they get when they come back. */
const goThroughDays = async ({ stepHours, eventHours, broken }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  await using stack = new AsyncDisposableStack();
  let now = FROM;
  const http = openHttpClient();
  stack.defer(() => http.close());
  const world = stack.use(await openWebhookWorld({ http, now: () => now, broken }));
  let mended = false;
  let lastWell = now;
  const endpoint = async (name: string, answer: () => number): Promise<Endpoint> => {
    const taken = new Set<string>();
    const receiver = stack.use(await startReceiver(({ json }) => {
      const status = mended ? 200 : answer();
      if (status === 200) taken.add(String(json.data['name']));
      else one.firstFailedAt ??= now;
      return status;
    }));
    const { id } = await world.create({ url: receiver.url, events: ['skill.installed'] });
    const one: Endpoint = { name, id, taken, firstFailedAt: undefined, disabledAt: undefined };
    return one;
  };
  const gone = await endpoint('gone', () => 410);
  const dead = await endpoint('dead', () => 500);
  const moody = await endpoint('moody', () => {
    if (now - lastWell < WELL_EACH) return 503;
    lastWell = now;
    return 200;
  });
  const all = [gone, dead, moody];
  const watcher: Receiver = stack.use(await startReceiver());
  await world.create({ url: watcher.url, events: ['webhook.disabled'] });

  const told: string[] = [];
  for (let nextEvent = now; now < FROM + LASTS; now += stepHours * HOUR) {
    for (; nextEvent <= now; nextEvent += eventHours * HOUR) {
      told.push(`event-${told.length}`);
      await world.tell(told.at(-1) ?? '');
    }
    await world.settle();
    await noteDisabled(world, all, now);
  }
  judge({ gone, dead, moody }, problems);
  // One more look: what is said of them is said once.
  const said = watcher.received.map(({ json }) => String(json.data['webhookId'])).toSorted();
  const expected = [gone.id, dead.id].toSorted();
  problems.expect(JSON.stringify(said) === JSON.stringify(expected), `webhook.disabled was told ${said.length} times, of ${new Set(said).size} webhooks, where it is 2 of 2`);

  mended = true;
  for (const { id } of all) await world.update({ webhook: id, enabled: true });
  for (const { id } of all) await world.replay(id, FROM - HOUR);
  // What waited for its next try comes in its time.
  for (let waited = 0; waited <= 2 * DAY; waited += 6 * HOUR) {
    await world.settle();
    now += 6 * HOUR;
  }
  let lost = 0;
  for (const { name, taken } of all) {
    const missing = told.filter((event) => !taken.has(event)).length;
    lost += missing;
    problems.expect(missing === 0, `${missing} of ${told.length} events never reached the ${name} endpoint, which is well again`);
  }
  const days = ((dead.disabledAt ?? 0) - (dead.firstFailedAt ?? 0)) / DAY;
  return { figures: `${told.length} events in ${(LASTS / DAY).toFixed(1)} days: 410 at once, nothing but failures after ${days.toFixed(1)} days, now and then never; ${lost} lost`, problems: problems.all };
};

const noteDisabled = async ({ store }: WebhookWorld, all: readonly Endpoint[], now: number): Promise<void> => {
  const off = new Set((await store.webhooks()).filter(({ enabled }) => !enabled).map(({ id }) => id));
  for (const one of all) if (off.has(one.id)) one.disabledAt ??= now;
};

const judge = ({ gone, dead, moody }: Readonly<Record<'gone' | 'dead' | 'moody', Endpoint>>, problems: Problems): void => {
  problems.expect(gone.disabledAt !== undefined && gone.disabledAt === gone.firstFailedAt, 'an endpoint that answers 410 was not switched off at once');
  problems.expect(moody.disabledAt === undefined, 'an endpoint that fails now and then was switched off');
  const after = (dead.disabledAt ?? Number.POSITIVE_INFINITY) - (dead.firstFailedAt ?? 0);
  problems.expect(after >= WINDOW, `an endpoint was switched off after ${(after / DAY).toFixed(1)} days of failures, not five`);
  problems.expect(after <= WINDOW + STARTS_WITHIN, 'an endpoint that does nothing but fail was not switched off');
};

/** Each failure is one too many. */
const impatient = (store: Store): Store => ({
  ...store,
  recordTries: (tries, now) => store.recordTries(tries.map((one) => (one.tried?.error === undefined ? one : { ...one, disable: 'it failed' })), now),
});

/** 410 is a failure as any other. */
const deaf = (store: Store): Store => ({ ...store, recordTries: (tries, now) => store.recordTries(tries.map((one) => ({ ...one, disable: undefined })), now) });

/** What is well again starts from nothing. */
const forgetful = (store: Store): Store => ({ ...store, replaySince: async () => 0 });

const QUICK: Scale = { stepHours: 6, eventHours: 12 };

export const webhookDisabling: Scenario = {
  id: 'webhook-disabling',
  title: 'W5 endpoints that are gone or dead are switched off',
  quick: () => goThroughDays(QUICK),
  full: () => goThroughDays({ stepHours: 0.5, eventHours: 1 }),
  red: {
    'one failure switches off': () => goThroughDays({ ...QUICK, broken: impatient }),
    '410 is a failure as any other': () => goThroughDays({ ...QUICK, broken: deaf }),
    'what was missed is not replayed': () => goThroughDays({ ...QUICK, broken: forgetful }),
  },
};
