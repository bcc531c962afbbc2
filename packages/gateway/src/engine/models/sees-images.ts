import type { ModelEntry } from './model-settings.ts';

/** By the name behind the provider's, or behind a router's `vendor/`. Of others nothing is known: they see where the configuration says so. */
const SEE: readonly RegExp[] = [
  /^claude-(?!2|instant)/,
  /^(chatgpt-|gpt-)4o/, /^gpt-4\.1/, /^gpt-4-turbo/, /^gpt-5/, /^o(1(?!-mini|-preview)|3(?!-mini)|4-)/,
  /^gemini-(1\.5|[2-9]|flash|pro-latest)/,
];
const OF_ANOTHER_KIND = /audio|realtime|transcribe|tts|search|embedding/;

/** Whether a model may be shown images. Where that is wrong, it refuses them and is asked again without. */
export const seesImages = (name: string, entry: ModelEntry | undefined): boolean => {
  if (entry?.input) return entry.input.includes('image');
  const own = name.slice(name.lastIndexOf('/') + 1);
  return SEE.some((pattern) => pattern.test(own)) && !OF_ANOTHER_KIND.test(own);
};
