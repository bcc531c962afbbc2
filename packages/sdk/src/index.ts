export { type CallOptions, type ClientErrorCode, type ConnectionOptions, type Fetch, OpenClawError, type OpenClawErrorCode, type Page, type Paged } from '../../client-kit/src/index.ts';
export type { Config, ReadConfig } from './config.ts';
export { OpenClaw, type OpenClawOptions } from './openclaw.ts';
export type { DeliveriesFilter, ReplayFilter, Webhooks } from './registered-webhooks.ts';
export type { Skills } from './skills.ts';
export type { CompletedTask, TaskEvent, TasksFilter } from './task.ts';
export type { Tasks } from './tasks.ts';
export type { CompletionOptions } from './wait-for-completion.ts';
export type {
  ChangedFile, Config as ConfigObject, ConfigChanges, CreatedTask, Delivery, DeliveryState, InstalledSkill, NewSkill, NewTask, NewWebhook, Skill, SkillDetails, SystemStatus as Status, Task, TaskResult, TaskStatus,
  Webhook, WebhookChange, WebhookSettings, WebhookTest,
} from './wire.gen.ts';
