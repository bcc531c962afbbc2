import { getStats, modelStats, userStats, workspaceStats } from '@openclaw/contract';
import { route, type WireRequest } from '../../kit/dialect.ts';

const rangeOf = ({ query: { from, to, timezone, workspace: place } }: WireRequest) => ({ from, to, timezone, workspace: place });
const pageOf = (request: WireRequest) => ({ ...rangeOf(request), limit: request.query['limit'], offset: request.query['offset'] });

const stats = route({
  method: 'GET',
  path: '/api/v1/stats',
  operation: getStats,
  status: 200,
  toInput: rangeOf,
  toReply: (output) => output,
});

const statsOfWorkspaces = route({
  method: 'GET',
  path: '/api/v1/stats/workspaces',
  operation: workspaceStats,
  status: 200,
  toInput: pageOf,
  toReply: (output) => output,
});

const statsOfUsers = route({
  method: 'GET',
  path: '/api/v1/stats/users',
  operation: userStats,
  status: 200,
  toInput: pageOf,
  toReply: (output) => output,
});

const statsOfModels = route({
  method: 'GET',
  path: '/api/v1/stats/models',
  operation: modelStats,
  status: 200,
  toInput: pageOf,
  toReply: (output) => output,
});

/** Statistics of the third document, and by model. */
export const statsRoutes = [stats, statsOfWorkspaces, statsOfUsers, statsOfModels];
