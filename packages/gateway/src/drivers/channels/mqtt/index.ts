import { defineChannel } from '../../../engine/ports/channel.ts';
import { mqttAdapter } from './mqtt-adapter.ts';
import { MqttSettings } from './settings.ts';

/** MQTT 3.1.1: who writes is known by the topic, for the broker decides who may publish where. */
export const mqttChannel = defineChannel({
  name: 'mqtt',
  senderId: /^[^+#\0]{1,150}$/,
  settings: MqttSettings,
  open: mqttAdapter,
});
