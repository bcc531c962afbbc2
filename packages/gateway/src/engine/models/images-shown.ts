import type { ModelImage, ModelMessage } from '../ports/model.ts';
import type { Failure } from './plan-tries.ts';
import type { ModelRoute } from './resolve-model.ts';

type Messages = readonly ModelMessage[];
type Seeing = Pick<ModelRoute, 'id' | 'imageTypes'>;

const MOST_REMEMBERED = 1_000;

/** Which images each model is shown: those it can see, and has not refused. */
export class ImagesShown {
  /** For as long as the settings stay: a model that is set up otherwise may take them. */
  readonly #refused = new Set<string>();

  /** A conversation as this model may be sent it. */
  to({ id, imageTypes }: Seeing, messages: Messages): Messages {
    return keepImages(messages, ({ mediaType, digest }) => imageTypes.includes(mediaType) && !this.#refused.has(`${id} ${digest}`));
  }

  /** It answered as soon as these were left out: it is not asked with them again. */
  refuse({ id }: Seeing, messages: Messages): void {
    for (const { digest } of messages.flatMap(imagesOf)) this.#refused.add(`${id} ${digest}`);
    for (const oldest of this.#refused) {
      if (this.#refused.size <= MOST_REMEMBERED) break;
      this.#refused.delete(oldest);
    }
  }
}

export const holdsImages = (messages: Messages): boolean => messages.some((message) => imagesOf(message).length > 0);

export const withoutImages = (messages: Messages): Messages => keepImages(messages, () => false);

/** Whether the images may be why there was no answer. Servers of local models word it as a failure of their own. */
export const mayBeTheImages = ({ kind, message }: Failure): boolean =>
  kind === 'invalid_request' || (!SAYS_NOTHING_OF_THEM.has(kind) && /\b(images?|vision|multimodal)\b/i.test(message));

const SAYS_NOTHING_OF_THEM: ReadonlySet<Failure['kind']> = new Set(['auth', 'rate_limited', 'network']);

const imagesOf = (message: ModelMessage): readonly ModelImage[] => (message.role === 'user' ? (message.images ?? []) : []);

const keepImages = (messages: Messages, keep: (image: ModelImage) => boolean): Messages =>
  messages.map((message) => {
    if (message.role !== 'user' || !message.images) return message;
    const images = message.images.filter(keep);
    if (images.length === message.images.length) return message;
    const text = `${message.text}\n[Not shown: ${message.images.length - images.length} of its pictures, which this model does not take]`;
    return images.length > 0 ? { role: message.role, text, images } : { role: message.role, text };
  });
