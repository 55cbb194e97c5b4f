// Entry of the thread of the peers. The libraries come first: the loader for TypeScript, which is
// registered after them, would double the time they take to load.
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
await Promise.all(
  ['libp2p', '@libp2p/gossipsub', '@libp2p/identify', '@libp2p/mdns', '@libp2p/noise', '@libp2p/tcp', '@libp2p/yamux'].map(
    (name) => import(name),
  ),
);
const { register } = await import('tsx/esm/api');
register();
await import('./peersThread.ts');
