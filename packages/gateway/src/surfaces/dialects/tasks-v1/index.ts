import { getStatus } from '@openclaw/contract';
import { type Dialect, route } from '../../kit/dialect.ts';
import { configRoutes } from './config.ts';
import { skillRoutes } from './skills.ts';
import { taskRoutes } from './tasks.ts';
import { webhookRoutes } from './webhooks.ts';

const status = route({
  method: 'GET',
  path: '/api/v1/status',
  operation: getStatus,
  status: 200,
  toInput: () => ({}),
  toReply: ({ ok, version, uptime, agent, model, sessions, turns, mcpServers }) => ({
    status: ok ? 'ok' : 'degraded', version, uptime, agent, model, sessions, tasks: turns, mcp_servers: mcpServers,
  }),
});

/** What there is so far of the fifth document, under `/api/v1`. */
export const tasksV1Dialect: Dialect = {
  name: 'tasks-v1',
  routes: [status, ...taskRoutes, ...skillRoutes, ...configRoutes, ...webhookRoutes],
  described: async () => (await import('./described.ts')).tasksV1Description,
};
