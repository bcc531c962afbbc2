/** Who may import whom: kernel and contract at the bottom, then ports, engine, drivers and surfaces side by side, app on top. */
const SRC = '^packages/gateway/src';
const TESTS = '\\.test\\.ts$';

const only = (from, ...allowed) => ({
  name: `${from} imports only ${allowed.join(', ') || 'itself'}`,
  severity: 'error',
  from: { path: `${SRC}/${from}/`, pathNot: TESTS },
  to: { path: `${SRC}/`, pathNot: [from, ...allowed].map((floor) => `${SRC}/${floor}`) },
});

module.exports = {
  forbidden: [
    only('kernel'),
    only('engine', 'kernel/'),
    only('drivers', 'engine/ports/', 'kernel/'),
    only('surfaces', 'engine/gateway\\.ts$', 'engine/(access|ingress)/index\\.ts$', 'kernel/'),
    {
      name: 'ports know only the kernel and each other',
      severity: 'error',
      from: { path: `${SRC}/engine/ports/` },
      to: { path: `${SRC}/`, pathNot: [`${SRC}/engine/ports/`, `${SRC}/kernel/`] },
    },
    {
      name: 'capabilities meet through their index',
      severity: 'error',
      from: { path: `${SRC}/engine/([^/]+)/`, pathNot: TESTS },
      to: { path: `${SRC}/engine/[^/]+/.+`, pathNot: [`${SRC}/engine/$1/`, `${SRC}/engine/ports/`, `${SRC}/engine/[^/]+/index\\.ts$`] },
    },
    {
      name: 'drivers do not know each other',
      severity: 'error',
      from: { path: `${SRC}/drivers/([^/]+)/([^/]+)/`, pathNot: TESTS },
      to: { path: `${SRC}/drivers/`, pathNot: `${SRC}/drivers/$1/($2|kit)/` },
    },
    {
      name: 'dialects do not know each other',
      severity: 'error',
      from: { path: `${SRC}/surfaces/dialects/([^/]+)/`, pathNot: TESTS },
      to: { path: `${SRC}/surfaces/`, pathNot: [`${SRC}/surfaces/dialects/$1/`, `${SRC}/surfaces/kit/`] },
    },
    {
      name: 'surfaces do not know each other',
      severity: 'error',
      from: { path: `${SRC}/surfaces/(?!dialects/|kit/)([^/]+)/`, pathNot: TESTS },
      to: { path: `${SRC}/surfaces/`, pathNot: [`${SRC}/surfaces/$1/`, `${SRC}/surfaces/kit/`] },
    },
    { name: 'nobody imports app', severity: 'error', from: { path: `${SRC}/(?!app/)` }, to: { path: `${SRC}/app/` } },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no orphans',
      severity: 'error',
      from: { orphan: true, path: '^packages/', pathNot: ['\\.d\\.ts$', TESTS, 'app/(main|database-thread)\\.ts$'] },
      to: {},
    },
    {
      name: 'the contract is only zod',
      severity: 'error',
      from: { path: '^packages/contract/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/zod/' },
    },
    {
      name: 'the kernel is only node',
      severity: 'error',
      from: { path: `${SRC}/kernel/`, pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev'] },
    },
    {
      name: 'the engine knows no vendor',
      severity: 'error',
      from: { path: `${SRC}/engine/`, pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: ['node_modules/zod/', 'node_modules/@pydantic/genai-prices/', 'node_modules/yaml/'] },
    },
    {
      name: 'clients know the contract only',
      severity: 'error',
      from: { path: '^packages/client/' },
      to: { path: '^packages/(?!client/|contract/)' },
    },
    {
      name: 'what is published knows only its kit',
      severity: 'error',
      from: { path: '^packages/(api-client|sdk)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', '^packages/client-kit/src/(index|webhooks)\\.ts$'] },
    },
    {
      name: 'the kit of the clients knows only the codes of errors',
      severity: 'error',
      from: { path: '^packages/client-kit/' },
      to: { path: '^packages/', pathNot: ['^packages/client-kit/', '^packages/contract/src/errors\\.ts$'] },
    },
    {
      name: 'published clients need nobody, and run in browsers',
      severity: 'error',
      from: { path: '^packages/(api-client|sdk|client-kit)/', pathNot: 'client-kit/src/webhooks\\.ts$' },
      to: { pathNot: '^packages/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)\\.(cache|runtime)/', '^packages/[^/]+/dist/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
