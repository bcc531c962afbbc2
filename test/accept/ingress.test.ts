import { deliveries } from './deliveries.ts';
import { forgeries } from './forgeries.ts';
import { ingressFlood } from './ingress-flood.ts';
import { quickly } from './quickly.ts';
import { secretGuessing } from './secret-guessing.ts';
import { templateSafety } from './template-safety.ts';

quickly('what comes in', [forgeries, deliveries, ingressFlood, templateSafety, secretGuessing]);
