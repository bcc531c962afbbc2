/** Whether a server runs on this machine: it costs nothing, and needs no key. */
export const isLoopback = (baseUrl: string): boolean => {
  const host = URL.parse(baseUrl)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || host.endsWith('.localhost') || host.startsWith('127.');
};
