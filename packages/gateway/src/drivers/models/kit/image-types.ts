/** What Anthropic and OpenAI take, and servers that speak like them. */
export const COMMON_IMAGE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
