import { createHash } from 'node:crypto';
import { digestOf } from '../../../kernel/digest-of.ts';
import { imageTypeOf } from '../../../kernel/image-type.ts';
import type { Log } from '../../../kernel/log.ts';
import { orAborted } from '../../../kernel/on-abort.ts';
import { type Attachment, ChannelFailure, type InboundMessage } from '../../ports/channel.ts';
import type { KeptImage } from '../../ports/turn-records.ts';
import { AttachmentFolder } from './attachment-folder.ts';
import { safeName } from './safe-name.ts';

/** Files of one message; more are named. */
const MOST_FILES = 10;
const AT_ONCE = 2;
/** For all of one message: it waits for them, and what follows it waits too. */
const WITHIN_MS = 60_000;
const MEGABYTE = 1024 * 1024;

/** What came with a message, and what became of it. */
export interface Attached extends Pick<Attachment, 'kind' | 'name' | 'type' | 'bytes'> {
  /** Where it lies in the agent's folder. */
  readonly path?: string;
  /** Where it is a picture, whatever its sender called it: what it takes to show it. */
  readonly image?: KeptImage;
  /** Why it does not. Neither is there where nobody asked for it. */
  readonly because?: string;
}

export interface Wanted {
  readonly channel: string;
  readonly workspace: string;
  /** The most bytes of one file; 0 where none is wanted. */
  readonly mostBytes: number;
  /** Ends it: the message must come again then. */
  readonly signal: AbortSignal;
}

interface Deps {
  /** The folder of the agent that channels of a workspace speak with. */
  readonly folder: (workspace: string) => string;
  readonly log: Log;
  readonly now: () => number;
  readonly withinMs?: number;
}

/** Brings what came with messages to where the agent can read it. A file that cannot be brought costs its message nothing. */
export class Attachments {
  readonly #deps: Deps;
  readonly #folders = new Map<string, AttachmentFolder>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Rejects only where it was ended. */
  async bring(message: InboundMessage, wanted: Wanted): Promise<readonly Attached[]> {
    const { withinMs = WITHIN_MS } = this.#deps;
    const late = AbortSignal.timeout(withinMs);
    const signal = AbortSignal.any([wanted.signal, late]);
    const waiting = [...message.attachments.entries()];
    const brought: Attached[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, attachment] = next;
        brought[index] = await this.#bringOne(attachment, { message, index, wanted, signal });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    wanted.signal.throwIfAborted();
    return brought;
  }

  async #bringOne({ kind, name, type, bytes, fetch }: Attachment, { message, index, wanted, signal }: { readonly message: InboundMessage; readonly index: number; readonly wanted: Wanted; readonly signal: AbortSignal }): Promise<Attached> {
    const { mostBytes } = wanted;
    const named = { kind, name, type, bytes };
    const without = (because: string): Attached => ({ ...named, because });
    if (!fetch || mostBytes === 0) return named;
    if (index >= MOST_FILES) return without(`no more than ${MOST_FILES} files of a message are kept`);
    if ((bytes ?? 0) > mostBytes) return without(tooLarge(mostBytes));
    if (signal.aborted) return without('there was no time left for it');
    let because = 'it could not be brought';
    try {
      const content = await orAborted(fetch(mostBytes, signal), signal);
      if (content.length > mostBytes) return without(tooLarge(mostBytes));
      because = 'it could not be written to the disk';
      const path = await this.#keep(content, { message, index, wanted, name: safeName({ kind, name, type }) });
      const image = await imageAt(path, content);
      return { ...named, bytes: content.length, path, ...(image && { image }) };
    } catch (thrown) {
      this.#deps.log('info', 'what came with a message could not be kept', { channel: wanted.channel, reason: thrown instanceof Error ? thrown.message : String(thrown) });
      if (signal.aborted) return without('there was no time left for it');
      return without(thrown instanceof ChannelFailure ? thrown.message : because);
    }
  }

  /** A message that comes again writes the same file. */
  #keep(content: Uint8Array, { message: { conversation, id, at }, index, wanted: { channel, workspace }, name }: { readonly message: InboundMessage; readonly index: number; readonly wanted: Wanted; readonly name: string }): Promise<string> {
    const mark = createHash('sha256').update(JSON.stringify([channel, conversation.id, id, index])).digest('hex').slice(0, 12);
    const month = new Date(Math.min(at, this.#deps.now())).toISOString().slice(0, 7);
    return this.#folderOf(workspace).write(month, `${mark}-${name}`, content);
  }

  #folderOf(workspace: string): AttachmentFolder {
    const root = this.#deps.folder(workspace);
    const folder = this.#folders.get(root) ?? new AttachmentFolder(root);
    this.#folders.set(root, folder);
    return folder;
  }
}

const imageAt = async (path: string, content: Uint8Array): Promise<KeptImage | undefined> => {
  const mediaType = imageTypeOf(content);
  return mediaType === undefined ? undefined : { path, mediaType, bytes: content.length, digest: await digestOf(content) };
};

const tooLarge = (mostBytes: number): string => `it is larger than ${Math.round((mostBytes / MEGABYTE) * 100) / 100} MB (messages.attachments.maxMegabytes)`;
