import { Status } from '@openclaw/contract';
import { z } from 'zod';
import type { DialectDescription } from '../../kit/openapi/description.ts';
import { configDescribed } from './described/config.ts';
import { skillsDescribed } from './described/skills.ts';
import { tasksDescribed } from './described/tasks.ts';
import { webhooksDescribed } from './described/webhooks.ts';

const { version, uptime, agent, model, sessions, turns, mcpServers } = Status.shape;

const SystemStatus = z.object({
  status: z.enum(['ok', 'degraded']),
  version,
  uptime: uptime.describe('Seconds since start.'),
  agent,
  model,
  sessions,
  tasks: turns,
  mcp_servers: mcpServers.describe('MCP servers whose tools the agent has now.'),
});

export const tasksV1Description: DialectDescription = {
  title: 'Tasks, skills, configuration and webhooks',
  about: 'Tasks for the agent, the skills it has, the configuration, webhooks, and the state of the gateway, under `/api/v1`.',
  tags: {
    Status: 'Whether the gateway is well, and how busy.',
    Tasks: 'Have the agent do one thing, see how far it is, and get what came of it.',
    Skills: 'What the agent can be taught: install, look at, switch on and off, remove.',
    Configuration: 'Read it without its secrets, and change it.',
    Webhooks: 'Have events sent to you, and see what became of each.',
  },
  schemas: { SystemStatus, ...tasksDescribed.schemas, ...skillsDescribed.schemas, ...configDescribed.schemas, ...webhooksDescribed.schemas },
  routes: {
    'GET /api/v1/status': {
      id: 'getStatus',
      tag: 'Status',
      reply: SystemStatus,
      examples: { reply: { status: 'ok', version: '2026.2.23', uptime: 86400, agent: 'main', model: 'anthropic/claude-sonnet-4', sessions: 3, tasks: { queued: 0, running: 1 }, mcp_servers: ['github'] } },
    },
    ...tasksDescribed.routes,
    ...skillsDescribed.routes,
    ...configDescribed.routes,
    ...webhooksDescribed.routes,
  },
};
