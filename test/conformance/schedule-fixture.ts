import type { NewCronJob, NewWake } from '../../packages/gateway/src/engine/ports/schedule-records.ts';
import { type NewWebhook, webhookOf } from '../../packages/gateway/src/engine/ports/webhook-store.ts';
import { fresh, NOW } from './turn-fixture.ts';

export const MINUTE = 60_000;

export const newJob = (over: Partial<NewCronJob> = {}): NewCronJob => ({
  id: fresh('cron'), name: 'tick', description: undefined, workspace: 'main', agent: 'main', enabled: true, schedule: { kind: 'every', everyMs: MINUTE, anchorMs: NOW },
  payload: { kind: 'agentTurn', message: 'Look' }, target: 'isolated', wakeMode: 'now', delivery: { mode: 'none' }, deleteAfterRun: false,
  caller: { id: 'tester', permissions: ['messages:write'], workspaces: ['*'] }, createdAt: NOW, updatedAt: NOW, nextAt: NOW + MINUTE, ...over,
});

export const wake = (text: string, over: Partial<NewWake> = {}): NewWake => ({ id: fresh('wake'), workspace: 'main', agent: 'main', text, now: NOW, ...over });

/** The webhook that is a job's own. */
export const webhookFor = (job: string, over: Partial<NewWebhook> = {}): NewWebhook => ({
  id: webhookOf(job), name: undefined, source: 'cron', workspace: 'main', events: ['cron.finished'], topics: [], order: 'none', definition: { url: 'https://app.example/', headers: {}, signature: 'bare' },
  secrets: [{ secret: 'the-first-one' }], enabled: true, createdBy: 'tester', createdAt: NOW, ...over,
});

/** So many jobs one credential may have. */
export const MOST = 100;
