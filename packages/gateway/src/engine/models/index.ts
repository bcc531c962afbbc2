export { createModels, type ModelDependencies, type Models } from './create-models.ts';
export { detectLocalServers } from './detect-local-servers.ts';
export { modelHandlers } from './model-handlers.ts';
export type { ListedProvider } from './list-models.ts';
export type { ModelEntry, ModelSettings, ProviderSettings, TokenPrice } from './model-settings.ts';
export type { ResolvedModel } from './resolve-model.ts';
export { settingsFromEnvironment } from './settings-from-environment.ts';
export type { AnyModelRequest, ModelOutcome, RoutedEvent } from './stream-model.ts';
