import { ChannelFailure } from '../../../packages/gateway/src/engine/ports/channel.ts';
import { openMemoryChat } from '../../support/memory-channel.ts';
import type { ChannelService } from '../channel.ts';

export const memoryService = async (): Promise<ChannelService> => {
  const chat = openMemoryChat();
  const driver = await chat.drivers['memory']?.();
  if (!driver) throw new Error('no driver');
  let withheld = false;
  return {
    driver, section: {}, refusedSection: { password: 'wrong' }, wrongSection: { longestText: 'many' }, secret: 'there-is-none', annId: 'ann', groupId: '#friends', address: { channel: 'memory', to: 'ann' },
    says: (text) => chat.says({ text }),
    saysInGroup: (text, { mention }) => chat.says({ text, mentionsMe: mention, conversation: { id: '#friends', kind: 'group' } }),
    texts: (to) => chat.texts(to),
    refuses: () => chat.befalls(new ChannelFailure('permanent', 'no')),
    limits: (seconds) => chat.befalls(new ChannelFailure('passing', 'slowly', { retryAfterMs: seconds * 1_000 })),
    losesAnswers: () => chat.befalls('lost answer'),
    cut: () => chat.cut(),
    untaken: () => chat.waiting(),
    files: {
      says: (text, { name, type, content }) => {
        const fetch = async (most: number): Promise<Uint8Array> => {
          if (withheld || content.length > most) throw new ChannelFailure('permanent', withheld ? 'it is gone' : 'it is too long');
          return content;
        };
        return chat.says({ text, attachments: [{ kind: 'file', name, type, bytes: content.length, fetch }] });
      },
      sent: (to) => chat.files(to),
      withholds: () => void (withheld = true),
      refuses: () => chat.befalls(new ChannelFailure('permanent', 'no')),
      losesAnswers: () => chat.befalls('lost answer'),
    },
    [Symbol.asyncDispose]: async () => chat.close(),
  };
};
