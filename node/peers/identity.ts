/** The key that a node is known by among its peers: made once, kept for its owner alone. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { PeersError } from './peersError.ts';

const OWNER_ONLY = 0o600;

/** @throws PeersError where the file is not a key: a new one would be another node */
export async function identityIn(directory: string): Promise<PrivateKey> {
  const path = join(directory, 'peer.key');
  if (existsSync(path)) {
    try {
      return privateKeyFromProtobuf(readFileSync(path));
    } catch (error) {
      const { message } = error as Error;
      throw new PeersError('IDENTITY_DAMAGED', `${path} is not a key (${message}): restore or remove it`);
    }
  }
  mkdirSync(directory, { recursive: true });
  const key = await generateKeyPair('Ed25519');
  const draft = `${path}.${randomUUID()}`;
  const file = openSync(draft, 'wx', OWNER_ONLY);
  writeSync(file, privateKeyToProtobuf(key));
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
  return key;
}
