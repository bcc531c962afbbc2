/** `endpoint('https://host/v1/', 'v1', 'messages')`: a base that already ends in the version is not given it twice. */
export const endpoint = (baseUrl: string, version: string, path: string): string => {
  const base = baseUrl.replace(/\/+$/, '');
  if (version === '' || base.endsWith(`/${version}`)) return `${base}/${path}`;
  return `${base}/${version}/${path}`;
};
