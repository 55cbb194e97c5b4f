/** `Promise.withResolvers`, which libp2p 3 uses and Node 20 does not have. Imported before libp2p. */
export type Resolvers<T> = Readonly<{
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}>;

export function withResolvers<T>(): Resolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

(Promise as { withResolvers?: typeof withResolvers }).withResolvers ??= withResolvers;
