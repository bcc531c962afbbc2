import { digestOf } from '../../kernel/digest-of.ts';
import { readBelow } from '../../kernel/read-below.ts';
import type { ModelImage } from '../ports/model.ts';
import type { KeptImage, TranscriptEntry } from '../ports/turn-records.ts';
import { IMAGE_TOKENS, type ShownEntry } from './conversation.ts';

/** Of one request: the newest. */
const MOST = 8;
/** Of one: 5 MB in base64, which is what the strictest provider takes. */
const LARGEST = 5 * 1024 * 1024 * (3 / 4);
/** Of all in one request: below what the strictest provider takes in one, and little enough to hold for each turn that runs. */
const TOGETHER = 8 * 1024 * 1024;

export interface Sight {
  /** The agent's own. */
  readonly folder: string;
  /** What its model takes; nothing where it sees nothing. */
  readonly imageTypes: readonly string[];
  /** Tokens there are for the conversation: pictures may have half of them. */
  readonly room: number;
}

/** The journal with its pictures as one request shows them. Read anew each time: between two steps of a turn nobody holds them. */
export const showImages = async (transcript: readonly TranscriptEntry[], sight: Sight): Promise<readonly ShownEntry[]> => {
  if (!transcript.some((row) => row.role === 'user' && row.images)) return transcript;
  const reader = new ImageReader(sight);
  const rows: ShownEntry[] = [];
  for (const row of transcript.toReversed()) rows.push(row.role === 'user' && row.images ? { ...row, shown: await reader.show(row.images) } : row);
  return rows.toReversed();
};

/** Asked for the newest first, until there is no more room. */
class ImageReader {
  readonly #sight: Sight;
  #left: number;
  #bytesLeft = TOGETHER;

  constructor(sight: Sight) {
    this.#sight = sight;
    this.#left = Math.min(MOST, Math.floor(sight.room / 2 / IMAGE_TOKENS));
  }

  async show(kept: readonly KeptImage[]): Promise<NonNullable<ShownEntry['shown']>> {
    const images: ModelImage[] = [];
    const missing: { path: string; because: string }[] = [];
    for (const image of kept.toReversed()) {
      const read = await this.#read(image);
      if (typeof read === 'string') missing.unshift({ path: image.path, because: read });
      else images.unshift(read);
    }
    return { images, missing };
  }

  /** Or why it is not shown. */
  async #read({ path, mediaType, bytes, digest }: KeptImage): Promise<ModelImage | string> {
    const { folder, imageTypes } = this.#sight;
    if (imageTypes.length === 0) return 'this model takes no pictures';
    if (!imageTypes.includes(mediaType)) return `this model takes no ${mediaType}`;
    if (bytes > LARGEST) return 'it is larger than 3.75 MB';
    if (this.#left === 0 || bytes > this.#bytesLeft) return 'there is no more room for it';
    // One byte more than it had, so that what has grown is seen to be another.
    const content = await readBelow(folder, path, bytes + 1);
    if (!content) return 'it is not there any more';
    if ((await digestOf(content)) !== digest) return 'it was changed since it came';
    this.#left -= 1;
    this.#bytesLeft -= bytes;
    return { mediaType, base64: content.toString('base64'), digest };
  }
}
