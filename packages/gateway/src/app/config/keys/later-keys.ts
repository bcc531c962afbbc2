const agentKeys =
  'name default agentDir skills thinkingDefault verboseDefault elevatedDefault reasoningDefault sandbox subagents identity groupChat tools params models memorySearch ' +
  'imageModel userTimezone timeFormat typingMode bootstrapMaxChars skipBootstrap contextPruning blockStreamingDefault humanDelay mediaMaxMb runtime permissions description';

const heartbeatKeys = 'lightContext isolatedSession accountId directPolicy ackMaxChars includeReasoning suppressToolErrorWarnings includeSystemPromptSection skipWhenBusy timeoutSeconds';

const words = (line: string): ReadonlySet<string> => new Set(line.split(' '));

/**
 * Keys that the documents and the public project know but that nothing here reads yet, by the section they stand in ('' is the top).
 * Having one is no mistake, so it is told as news and not as a warning. A key leaves this list when the schema takes it in.
 */
export const LATER_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  '': words(
    'heartbeat mcp session sessions plugins memory env redis browser auth bindings commands secrets sandbox workspaces approvals ' +
      'talk ui wizard meta discovery diagnostics update broadcast web canvasHost nodeHost telemetry database media $include $schema',
  ),
  gateway: words('mode customBindHost publicOrigin controlUi http tools tls reload remote nodes tailscale roles rateLimit handshakeTimeoutMs channelHealthCheckMinutes'),
  'gateway.auth': words('password allowTailscale trustedProxy rateLimit'),
  'api.cors': words('headers credentials maxAge'),
  model: words('temperature max_tokens api_key base_url'),
  models: words('mode bedrockDiscovery'),
  'models.providers.<name>': words('auth authHeader injectNumCtxForOpenAICompat timeoutSeconds'),
  'models.providers.<name>.models[]': words('name api reasoning cost headers compat'),
  'agents.defaults': words(agentKeys),
  'agents.list[]': words(agentKeys),
  'agents.entries.<name>': words(agentKeys),
  'agents.defaults.compaction': words('mode model provider memoryFlush reserveTokensFloor maxHistoryShare identifierPolicy postCompactionSections customInstructions'),
  'agents.defaults.heartbeat': words(heartbeatKeys),
  'agents.list[].heartbeat': words(heartbeatKeys),
  'agents.entries.<name>.heartbeat': words(heartbeatKeys),
  cron: words('triggers webhookToken webhookSsrfPolicy failureAlert store maxConcurrentRuns runLog webhook failureDestination retry'),
  hooks: words('gmail internal'),
  'hooks.mappings[]': words('thinking'),
  skills: words('load entries install allowBundled workshop limits'),
  messages: words('ackReaction ackReactionScope groupChat inbound messagePrefix responsePrefix removeAckAfterReply statusReactions suppressToolErrors tts'),
  logging: words('consoleLevel consoleStyle redactSensitive redactPatterns maxFileBytes'),
  tools: words('profile exec web loopDetection elevated agentToAgent sessions subagents sandbox media fs links alsoAllow byProvider message'),
};
