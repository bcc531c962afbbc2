import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { GatewayError } from '@openclaw/contract';
import { clientOf, plainAddress, toAddressList } from './client-address.ts';
import { hostOf, isAllowedHost } from './host-check.ts';
import { originOf, type PageOrigin } from './origins.ts';

/** What the configuration says about who may come near. */
export interface DoorkeeperSettings {
  /** Host names a request may ask for besides the loopback ones. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly authRequired: boolean;
}

export interface Visitor {
  readonly address: string;
  readonly page: PageOrigin;
}

/** Looks at every request, by HTTP and by WebSocket alike, before anything else does: which host it asks for, where it is from, whose page asks. */
export class Doorkeeper {
  readonly #settings: () => DoorkeeperSettings;
  #proxies: { readonly written: readonly string[]; readonly list: BlockList } = { written: [], list: toAddressList([]) };

  constructor(settings: () => DoorkeeperSettings) {
    this.#settings = settings;
  }

  /** Throws where the Host is not ours. */
  admit(request: IncomingMessage): Visitor {
    const { allowedHosts, allowedOrigins, trustedProxies, authRequired } = this.#settings();
    const { address, forwarded } = clientOf(request, this.#proxyList(trustedProxies));
    const host = hostOf(request.rawHeaders);
    // A proxy of ours has chosen its host names itself. Without a credential to ask for, that is not enough: a page on this machine could pose as one.
    const vouched = forwarded && authRequired && host !== undefined;
    // The very address that was dialled: a name that was made to resolve to it would not be an address.
    const dialled = plainAddress(request.socket.localAddress ?? '');
    if (!vouched && !isAllowedHost(host, allowedHosts) && !(dialled !== '' && isAllowedHost(host, [dialled]))) {
      throw new GatewayError('wrong_host', 'This host name is not served here; add it to gateway.allowedHosts');
    }
    return { address, page: originOf(request.headers.origin, host, allowedOrigins) };
  }

  foreign(origin: string | undefined): GatewayError {
    return new GatewayError('forbidden', `Pages of ${(origin ?? '').slice(0, 200)} may not do this; add the origin to gateway.allowedOrigins`, { setting: 'gateway.allowedOrigins' });
  }

  #proxyList(written: readonly string[]): BlockList {
    if (this.#proxies.written !== written) this.#proxies = { written, list: toAddressList(written) };
    return this.#proxies.list;
  }
}
