export interface Home {
  /** The hosts that a service is known to have, reached by HTTPS. */
  readonly hosts: RegExp;
  /** Where the configuration says that it is. */
  readonly configured: string;
}

/** Whether a URL that a service names leads to the service itself: nothing else is dialled because of a message, and a token is shown nowhere else. */
export const leadsTo = (url: string, { hosts, configured }: Home): boolean => {
  const target = URL.parse(url);
  if (!target || target.username !== '' || target.password !== '') return false;
  if (target.origin === URL.parse(configured)?.origin) return true;
  return target.protocol === 'https:' && target.port === '' && hosts.test(target.hostname);
};
