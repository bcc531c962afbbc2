export { type CallOptions, type ClientErrorCode, type ConnectionOptions, type Fetch, OpenClawError, type OpenClawErrorCode, type Page, type Paged } from '../../client-kit/src/index.ts';
export type { Config, ConfigObject, ReadConfig } from './config.ts';
export { OpenClaw, type OpenClawOptions, type Status } from './openclaw.ts';
export type { NewSkill, Skill, Skills } from './skills.ts';
export type { CompletedTask, NewTask, Task, TaskEvent, TaskResult, TasksFilter, TaskStatus } from './task.ts';
export type { Tasks } from './tasks.ts';
export type { CompletionOptions } from './wait-for-completion.ts';
