/** What other nodes may cost this one: bytes, turns and time. Each has its reason beside it. */
import { BLOCK_WIRE_BYTES_MAX } from '../chain/blockWire.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What is gossiped. */
export type Topic = 'blocks' | 'book';
/** What can be asked of a peer. */
export const SUBJECTS = ['status', 'blocks', 'manifest', 'chunk', 'book'] as const;
export type Subject = (typeof SUBJECTS)[number];

export const BOOK_MESSAGE_BYTES_MAX = 256 * KIB;
export const MESSAGE_BYTES_MAX: Readonly<Record<Topic, number>> = {
  blocks: BLOCK_WIRE_BYTES_MAX,
  book: BOOK_MESSAGE_BYTES_MAX,
};
/** One frame of gossip answers all that was wanted at once: the blocks of four seconds, whole. */
export const GOSSIP_FRAME_BYTES_MAX = 3 * MIB;
/** Unsent gossip of one peer: who is this far behind is cut off and asks for ranges when it is back. */
export const GOSSIP_UNSENT_BYTES_MAX = 8 * MIB;

export const REQUEST_BYTES_MAX = KIB;
/** The head of an answer: a code and the lengths of up to 128 parts. */
export const HEAD_BYTES_MAX = 2 * KIB;
export const BLOCKS_PER_ANSWER_MAX = 128;
export const CHUNK_BYTES_MAX = MIB;

type AnswerLimits = Readonly<{ partsMax: number; partBytesMax: number; bytesMax: number; tokens: number }>;
/** Of an answer: parts and bytes at most, and what the request takes out of the asker's bucket. */
export const ANSWERS: Readonly<Record<Subject, AnswerLimits>> = {
  status: { partsMax: 1, partBytesMax: 128, bytesMax: 128, tokens: 1 },
  blocks: { partsMax: BLOCKS_PER_ANSWER_MAX, partBytesMax: BLOCK_WIRE_BYTES_MAX, bytesMax: 4 * MIB, tokens: 8 },
  manifest: { partsMax: 1, partBytesMax: MIB, bytesMax: MIB, tokens: 4 },
  chunk: { partsMax: 1, partBytesMax: CHUNK_BYTES_MAX, bytesMax: CHUNK_BYTES_MAX, tokens: 4 },
  book: { partsMax: 4, partBytesMax: 16 * MIB, bytesMax: 64 * MIB, tokens: 64 },
};

/** 32 answers of blocks a second to one peer, twice that to all: a fifth of the main thread. */
export const TOKENS_PER_PEER = { perSecond: 256, burst: 512 } as const;
export const TOKENS_IN_ALL = { perSecond: 512, burst: 2_048 } as const;
/** Requests answered at once; who opens more streams than this for one subject is refused by the muxer. */
export const SERVED_AT_ONCE_MAX = 32;
export const STREAMS_PER_SUBJECT_MAX = 4;
/** Requests of ours at one peer at once, below what it allows. */
export const ASKED_AT_ONCE_MAX = 3;

/** Gossip that the main thread has yet to take: the oldest is dropped, the follower asks for the range. */
export const QUEUE: Readonly<Record<Topic, Readonly<{ entriesMax: number; bytesMax: number }>>> = {
  blocks: { entriesMax: 256, bytesMax: 16 * MIB },
  book: { entriesMax: 64, bytesMax: 8 * MIB },
};
/** Messages handed to the main thread and not yet taken by its listener. */
export const IN_HAND_MAX = 16;
/** Bytes given to the thread to publish and not yet published. */
export const UNPUBLISHED_BYTES_MAX = 32 * MIB;

export const CONNECTIONS_MAX = 64;
/** From one address: a few nodes of one operator. */
export const CONNECTIONS_PER_ADDRESS_MAX = 8;
/** Peers whose offences are remembered. */
export const STANDINGS_MAX = 1_024;

/** A block from further ahead than clocks differ is not passed on; an old one is history, asked for by range. */
export const AHEAD_SECONDS_MAX = 5;
export const AGE_SECONDS_MAX = 60;
/** Two different headers at a height prove that their signer lied; more prove nothing more. */
export const VARIANTS_PER_HEIGHT_MAX = 2;
/** Heights whose headers are remembered: a quarter of an hour of blocks. */
export const HEIGHTS_REMEMBERED_MAX = 4_096;

/** Times in milliseconds. */
export type Timing = Readonly<{
  /** Without one byte coming or going for this long, an exchange has stalled. */
  stepMillis: number;
  /** A whole exchange: the largest answer at 2.2 MB/s. */
  exchangeMillis: number;
  /** Between two exchanges of heads with a peer. */
  statusMillis: number;
  banMillis: number;
  redialMillisMin: number;
  redialMillisMax: number;
  /** What the main thread may take to judge a message before it counts as ignored. */
  judgementMillis: number;
}>;
export const TIMING: Timing = {
  stepMillis: 10_000,
  exchangeMillis: 30_000,
  statusMillis: 5_000,
  banMillis: 600_000,
  redialMillisMin: 250,
  redialMillisMax: 30_000,
  judgementMillis: 5_000,
};
