/** Writes to a store, with each number something for the archive, until it is killed; says what is durable. */
import { Store } from '../../../node/store/store.ts';

const store = await Store.open(process.argv[2]!);
for (let n = 0; ; n++) {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, n);
  store.archive(key, new Uint8Array(5_000).fill(n));
  store.put(key, key);
  await store.flush();
  console.log(n);
}
