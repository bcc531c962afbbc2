import { ircChannel } from '../../../packages/gateway/src/drivers/channels/irc/index.ts';
import { startIrcServer } from '../../support/irc-server.ts';
import type { ChannelService } from '../channel.ts';

export const ircService = async (): Promise<ChannelService> => {
  const server = await startIrcServer({ accounts: { claw: 'a-password-of-irc' } });
  const section = { server: '127.0.0.1', port: server.port, tls: false, nick: 'ClawBot', join: ['#friends'] };
  const secret = 'a-password-of-irc';
  return {
    driver: ircChannel,
    section: { ...section, sasl: { account: 'claw', password: secret } },
    refusedSection: { ...section, sasl: { account: 'claw', password: 'another-password' } },
    wrongSection: { ...section, nick: 'two words' },
    secret, annId: 'ann', groupId: '#friends', address: { channel: 'irc', to: 'Ann' },
    says: (text) => server.says({ text, account: 'ann' }),
    saysInGroup: (text, { mention }) => server.says({ text: mention ? `clawbot: ${text}` : text, to: '#Friends', account: 'ann' }),
    texts: (to) => server.texts(to),
    refuses: () => server.befalls({ number: '401', says: 'No such nick/channel' }),
    limits: (seconds) => server.befalls({ number: '439', says: `Message target change too fast. Please wait ${seconds} seconds.` }),
    losesAnswers: () => server.befalls('cut'),
    cut: () => server.cut(),
    untaken: () => 0,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
