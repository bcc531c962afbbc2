export { auditHandlers } from './audit-handlers.ts';
export { pruneAudit } from './prune-audit.ts';
export { verifyChain } from './verify-chain.ts';
