import { expect } from 'vitest';
import { mqttChannel } from '../../../packages/gateway/src/drivers/channels/mqtt/index.ts';
import { startMqttBroker } from '../../support/mqtt-broker.ts';
import type { ChannelService } from '../channel.ts';

const secret = 'a-password-of-mqtt';
const none = (): never => expect.fail('MQTT has no such thing');

export const mqttService = async (): Promise<ChannelService> => {
  const broker = await startMqttBroker({ username: 'claw', password: secret });
  const section = { url: `mqtt://127.0.0.1:${broker.port}`, clientId: 'openclaw-test', username: 'claw', password: secret, topics: { 'home/+/ask': { answerTo: 'home/{1}/answer', textPath: 'text', idPath: 'id' } } };
  let said = 0;
  return {
    driver: mqttChannel, section, secret,
    refusedSection: { ...section, password: 'another-password' },
    wrongSection: { ...section, clientId: 'two words' },
    annId: 'home/ann/ask', groupId: '', address: { channel: 'mqtt', to: 'home/ann/ask' },
    says: (text) => {
      broker.publishes('home/ann/ask', JSON.stringify({ text, id: ++said }));
      return String(said);
    },
    saysInGroup: none,
    texts: () => broker.published.filter(({ topic }) => topic === 'home/ann/answer').map(({ payload }) => payload),
    refuses: none,
    limits: none,
    losesAnswers: () => broker.losesAnswers(),
    cut: () => broker.cut(),
    untaken: () => broker.unacknowledged(),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
};
