import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { accessTests } from './store-access.ts';
import { auditTests } from './store-audit.ts';
import { answerTests } from './store-answers.ts';
import { arrivalTests } from './store-arrivals.ts';
import { idempotencyProperties } from './store-idempotency.ts';
import { interleavingTests } from './store-interleavings.ts';
import { jobTests } from './store-jobs.ts';
import { idempotencyTests, logTests } from './store-log.ts';
import { outboxTests } from './store-outbox.ts';
import { sessionTests } from './store-sessions.ts';
import { slotTests } from './store-slots.ts';
import { taskTests } from './store-tasks.ts';
import { turnTests } from './store-turns.ts';
import { webhookTests } from './store-webhooks.ts';
import { usageProperties, usageTests } from './store-usage.ts';
import { wakeTests } from './store-wakes.ts';
import { type OpenPair, Worker } from './turn-fixture.ts';

/** Every sentence of the Store and TurnQueue ports, on one pair of drivers. `open` makes an empty pair. */
export const storeConformance = (open: () => Promise<OpenPair>, { runs }: { readonly runs: number }): void => {
  /** A fresh pair for each test: what one leaves in the queue must not come out in the next. */
  const onFreshPairs = (tests: (worker: () => Worker) => void): void => {
    let pair: OpenPair | undefined;
    beforeEach(async () => {
      pair = await open();
    });
    afterEach(async () => {
      await pair?.close();
    });
    tests(() => workerOn(pair));
  };
  describe('turns and their queue', () => onFreshPairs(turnTests));
  describe('tasks', () => onFreshPairs(taskTests));
  describe('sessions and their journal', () => onFreshPairs(sessionTests));
  describe('who may call, and where', () => onFreshPairs(accessTests));
  describe('what was used', () => onFreshPairs(usageTests));
  describe('who did what', () => onFreshPairs(auditTests));
  describe('what goes out through channels', () => onFreshPairs(answerTests));
  describe('the outbox of channels', () => onFreshPairs(outboxTests));
  describe('what comes in through channels', () => onFreshPairs(arrivalTests));
  describe('idempotency keys', () => onFreshPairs(idempotencyTests));
  describe('jobs of the schedule', () => onFreshPairs(jobTests));
  describe('what becomes of their slots', () => onFreshPairs(slotTests));
  describe('what waits for the next heartbeat', () => onFreshPairs(wakeTests));
  describe('events, text and life', () => onFreshPairs(logTests));
  describe('webhooks and their deliveries', () => onFreshPairs(webhookTests));

  /** One pair for many tries of one property: each makes sessions of its own. */
  const onOnePair = (properties: (worker: () => Worker, tries: number) => void): void => {
    let pair: OpenPair | undefined;
    beforeAll(async () => {
      pair = await open();
    });
    afterAll(async () => {
      await pair?.close();
    });
    properties(() => workerOn(pair), runs);
  };
  describe('whatever happens', () =>
    onOnePair((worker, tries) => {
      interleavingTests(worker, tries);
      idempotencyProperties(worker, tries);
    }));
  describe('whatever is used', () => onOnePair(usageProperties));
};

const workerOn = (pair: OpenPair | undefined): Worker => {
  if (!pair) throw new Error('the pair did not open');
  return new Worker(pair);
};
