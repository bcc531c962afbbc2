import { randomUUID } from 'node:crypto';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld } from '../../../engine/ports/channel.ts';
import type { IPublishPacket } from 'mqtt-packet';
import { asPassing } from '../kit/ask.ts';
import { dial } from '../kit/dial.ts';
import { InOrder } from '../kit/in-order.ts';
import { orEnd } from '../kit/or-end.ts';
import { Broker } from './broker.ts';
import { readPayload, wordPayload } from './payload.ts';
import { hears, type Listening, type MqttSettings } from './settings.ts';
import { filled, isTopic, matched } from './topics.ts';

const LONGEST_TEXT = 100_000;
/** A sender is called by the topic, and names of senders have an end. */
const LONGEST_TOPIC = 150;
const MOST_WAITING = 200;
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1_883, 'mqtts:': 8_883 };

/** Topics of one broker. */
export const mqttAdapter = (settings: MqttSettings, { log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const taking = new InOrder('mqtt', log);
  const { topics } = settings;
  let broker: Broker | undefined;
  let isUp = false;

  const listeningTo = (topic: string): { readonly listening: Listening; readonly found: readonly string[] } | undefined => {
    for (const [filter, listening] of Object.entries(topics)) {
      const found = matched(filter, topic);
      if (found) return { listening, found };
    }
    return undefined;
  };

  const hear = ({ topic, payload, retain }: IPublishPacket, taken: () => void, context: ChannelContext): void => {
    const listening = listeningTo(topic)?.listening;
    // What is retained was said long ago, and is told anew at each connection.
    const message = retain || !listening || topic.length > LONGEST_TOPIC ? undefined : readPayload(topic, Buffer.from(payload), listening, Date.now);
    if (!message) {
      log('debug', 'what was published is no message', { channel: 'mqtt', topic, retained: retain });
      return taken();
    }
    taking.add(() => context.received(message), () => {
      taken();
      broker?.resume();
    });
    if (taking.waiting >= MOST_WAITING) broker?.pause();
  };

  const end = async (): Promise<void> => {
    closed.abort();
    await taking.stop();
    await broker?.end();
  };

  const open = async (context: ChannelContext): Promise<void> => {
    const { protocol, hostname, port } = new URL(settings.url);
    const lost = (failure: ChannelFailure): void => {
      if (closed.signal.aborted) return;
      if (isUp) context.disconnected(failure);
      void end();
    };
    const socket = await dial({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? (PORTS[protocol] ?? 0) : Number(port), tls: protocol === 'mqtts:', caFile: settings.caFile }, closed.signal);
    broker = new Broker(socket, settings, { publish: (packet, taken) => hear(packet, taken, context), lost });
    await broker.begin();
    if (closed.signal.aborted) throw new ChannelFailure('passing', 'MQTT: the connection was lost at once');
    isUp = true;
    context.connected();
  };

  return {
    capabilities: { longestText: LONGEST_TEXT, edit: false },
    connect: (context) => orEnd(() => open(context), end).catch(asPassing),
    disconnect: end,
    send: async ({ address: { to, inReplyTo }, text, key }) => {
      const heard = listeningTo(to);
      const topic = heard ? filled(heard.listening.answerTo, heard.found) : to;
      if (!isTopic(topic)) throw new ChannelFailure('permanent', 'MQTT: that is no topic');
      if (hears(topics, topic)) throw new ChannelFailure('permanent', `MQTT: the agent listens to ${topic}, and would answer itself`);
      if (!broker || closed.signal.aborted) throw new ChannelFailure('passing', 'MQTT is not connected');
      await broker.publish(topic, wordPayload(text, heard?.listening ?? {}, inReplyTo));
      return { externalId: key ?? randomUUID() };
    },
  };
};
