/** What the main thread and the thread of the peers say to each other. Bytes are handed over, never copied. */
import type { Address, Digest } from '../../state/units.ts';
import type { PeersError } from './peersError.ts';
import type { Timing, Topic } from './limits.ts';
import type { Offence } from './standing.ts';
import type { SignedHeader } from './variants.ts';
import type { Head, Request } from './wire.ts';

/** What becomes of a message: passed on and kept; neither; or held against who sent it. */
export type Verdict = 'accept' | 'ignore' | 'reject';

export type ThreadOptions = Readonly<{
  /** Keeps `peer.key`: who this node is among its peers. */
  directory: string;
  /** Multiaddrs, such as `/ip4/127.0.0.1/tcp/0`. */
  listen: readonly string[];
  /** Multiaddrs that end in `/p2p/<id>`: dialled for ever. */
  bootstrap: readonly string[];
  /** Finds nodes of this chain on the local network. */
  mdns: boolean;
  /** Domain separator of the chain: peers of another share no topic and no protocol with this one. */
  chain: Digest;
  /** Who signs blocks, the newest first: those before signed older ones. */
  signers: readonly Address[];
  timing: Timing;
}>;

export type PeerFacts = Readonly<{
  id: string;
  address: string;
  /** What it says is its head, or has shown by gossip; null before it said so. */
  head: Head | null;
  /** 0 for one that never offended; at -100 it is cut off. */
  score: number;
  connectedSinceMillis: number;
  /** A neighbour in the mesh: each passes blocks to the other at once. Others hear of them at the next heartbeat. */
  gossips: boolean;
}>;

/** Counters since the start, and what is held now; names of counters are `<topic>.<result>` and `<subject>.<result>`. */
export type PeersFigures = Readonly<{
  connected: number;
  bans: number;
  gossip: Readonly<Record<string, number>>;
  asked: Readonly<Record<string, number>>;
  served: Readonly<Record<string, number>>;
  queued: Readonly<Record<Topic, number>>;
  dropped: Readonly<Record<Topic, number>>;
  bytesIn: number;
  bytesOut: number;
}>;
export type Facts = Readonly<{ peers: readonly PeerFacts[]; figures: PeersFigures; addresses: readonly string[] }>;

export type Answer = Readonly<{ peer: string; parts: readonly Uint8Array[] }>;

export type ToThread = Readonly<
  | { kind: 'publish'; topic: Topic; bytes: Uint8Array }
  | { kind: 'judged'; id: number; topic: Topic; verdict: Verdict }
  | { kind: 'ask'; id: number; request: Request; bytesMax: number; everyone: boolean }
  | { kind: 'served'; id: number; parts: readonly Uint8Array[] | null }
  | { kind: 'failed'; id: number }
  | { kind: 'report'; peer: string; offence: Offence }
  | { kind: 'signers'; signers: readonly Address[] }
  | { kind: 'close' }
>;

export type ToMain = Readonly<
  | { kind: 'opened'; id: string; facts: Facts }
  | { kind: 'notOpened'; code: PeersError['code']; message: string }
  | { kind: 'gossip'; id: number; topic: Topic; bytes: Uint8Array; peer: string }
  | { kind: 'published'; bytes: number }
  | { kind: 'equivocation'; a: SignedHeader; b: SignedHeader }
  | { kind: 'answers'; id: number; answers: readonly Answer[] }
  | { kind: 'refused'; id: number; code: PeersError['code']; message: string }
  | { kind: 'serve'; id: number; request: Request }
  | { kind: 'facts'; facts: Facts }
  | { kind: 'trouble'; what: string; message: string }
>;

/** The buffers of `parts`, to hand over. Each part must have one of its own. */
export const buffersOf = (parts: readonly Uint8Array[]): ArrayBuffer[] => parts.map((part) => part.buffer as ArrayBuffer);

/** The same bytes in a buffer of their own. Not `slice`, which copies nothing where the bytes are a Buffer. */
export const copied = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
