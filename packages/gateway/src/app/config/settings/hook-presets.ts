import type { Config } from '../schema.ts';

export type MappingSection = NonNullable<NonNullable<Config['hooks']>['mappings']>[number];

/** Mappings that need not be written, by their names. They come after those that are. */
export const HOOK_PRESETS: ReadonlyMap<string, MappingSection> = new Map([
  [
    'gmail',
    {
      // As the watcher of Gmail's pushes (`gog gmail watch serve`) hands mails on: {messages: [{id, from, subject, snippet, body}]}.
      id: 'gmail',
      match: { path: 'gmail' },
      name: 'Gmail',
      forEach: 'messages',
      sessionKey: 'hook:gmail:{{messages[0].id}}',
      messageTemplate: 'New email from {{messages[0].from}}\nSubject: {{messages[0].subject}}\n{{messages[0].snippet}}\n{{messages[0].body}}',
    },
  ],
]);
