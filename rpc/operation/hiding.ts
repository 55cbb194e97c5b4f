/** URLs of an L1 hold what its provider takes for a password. */

/** Takes password, path and query of a URL out of a text; scheme, host and port stay. */
export function hiding(url: string): (text: string) => string {
  if (!URL.canParse(url)) return (text) => text;
  const { origin, pathname, search, password } = new URL(url);
  // Short ones are no secrets, and everywhere.
  const hidden = [url, `${pathname}${search}`, pathname, search, password].filter((secret) => secret.length > 3 && secret !== origin);
  // The longest first: of one that holds another, the rest would stay.
  hidden.sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((left, secret) => left.replaceAll(secret, secret === url ? origin : '***'), text);
}
