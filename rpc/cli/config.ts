/** Settings of a node with one precedence: flag, then environment, then file, then default. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { JOINS } from '../../node/follower/join.ts';

/** One setting: the flag `--data-dir` is `TIDEPOOL_DATA_DIR` in the environment and `dataDir` in the file. */
const port = z.coerce.number().int().min(0).max(65_535);
const schema = z.strictObject({
  dataDir: z.string().min(1).default(join(homedir(), '.local', 'share', 'tidepool')),
  host: z.string().min(1).default('127.0.0.1'),
  port: port.default(8645),
  /** A port of its own for /livez, /readyz and /metrics, open from the first moment of a start; absent: none. */
  metricsPort: port.optional(),
  metricsHost: z.string().min(1).default('127.0.0.1'),
  /** `embedded`, or the URL of an Ethereum JSON-RPC. */
  l1: z.union([z.literal('embedded'), z.url({ protocol: /^https?$/ })]).default('embedded'),
  l1Port: port.default(8545),
  /** A deployment.json: the node takes over the chain that L1 has of it. */
  fromL1: z.string().min(1).optional(),
  /** The development account that sequences, where TIDEPOOL_SEQUENCER_KEY is not set. */
  sequencerAccount: z.coerce.number().int().min(0).max(9).default(0),
  /** Whose account is rewarded for starting auctions: an address; its account 0. */
  starter: z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address').optional(),
  l1ChainId: z.coerce.number().int().positive().default(31_337),
  seed: z.string().min(1).max(64).default('tidepool'),
  priceSeconds: z.coerce.number().int().min(1).max(60).default(2),
  blockMillis: z.coerce.number().int().min(10).max(10_000).default(250),
  batchSeconds: z.coerce.number().int().min(1).max(3_600).default(10),
  /** The most a batch or a proof may offer L1 for a unit of gas; dearer, it waits. */
  maxFeeGwei: z.coerce.number().int().min(1).max(1_000_000).default(500),
  /** The most an auditor spends on one proof of fraud [ether]. */
  maxProofEther: z.coerce.string().regex(/^\d{1,9}(\.\d{1,18})?$/, 'expected an amount such as 0.25').default('3.2'),
  /** Seconds between two looks of an auditor that watches. */
  watchSeconds: z.coerce.number().int().min(1).max(3_600).default(4),
  /** Port of libp2p (TCP): absent, `start` has no peers, and `follow` takes any. */
  p2pPort: port.optional(),
  p2pHost: z.string().min(1).default('127.0.0.1'),
  /** Whom to dial: multiaddrs that end in /p2p/<id>, separated by commas. */
  peers: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((one) => one.trim()).filter((one) => one !== ''))
    .refine((all) => all.every((one) => /^\/.+\/p2p\/\w+$/.test(one)), 'expected multiaddrs such as /ip4/10.0.0.1/tcp/9645/p2p/12D3Koo..., separated by commas'),
  /** IP addresses without rate limits at this node's JSON-RPC: of followers that pass on actions. Separated by commas. */
  unlimited: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((one) => one.trim()).filter((one) => one !== ''))
    .refine((all) => all.every((one) => isIP(one) !== 0), 'expected IP addresses, separated by commas'),
  /** Finds peers on the local network. */
  mdns: z.stringbool().default(false),
  /** Between two snapshots of the state for those who join. */
  snapshotSeconds: z.coerce.number().int().min(1).max(86_400).default(600),
  /** How a follower without a chain begins. */
  join: z.enum(JOINS).default('snapshot'),
  /** JSON-RPC of the sequencer, to which a follower passes on signed actions; absent: it takes none. */
  sequencer: z.url({ protocol: /^(https?|wss?)$/ }).optional(),
  maker: z.stringbool().default(true),
  /** A shutdown that takes longer ends all the same: what was acknowledged is durable already. */
  shutdownSeconds: z.coerce.number().int().min(1).max(600).default(10),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Config = z.output<typeof schema>;
export type Setting = keyof Config;
export const SETTINGS = Object.keys(schema.shape) as Setting[];
/** Of `audit`; `dataDir` is where it finds deployment.json and keeps the proof under way. */
export const AUDIT_SETTINGS = ['dataDir', 'maxFeeGwei', 'maxProofEther', 'watchSeconds'] as const satisfies Setting[];
/** What only a follower has. */
const OF_FOLLOWERS: ReadonlySet<Setting> = new Set(['join', 'sequencer']);
const OF_AUDITORS: ReadonlySet<Setting> = new Set(['maxProofEther', 'watchSeconds']);
/** Of `start`. */
export const NODE_SETTINGS = SETTINGS.filter((setting) => !OF_FOLLOWERS.has(setting) && !OF_AUDITORS.has(setting));
/** Of `follow`. */
export const FOLLOWER_SETTINGS = [
  ...(['dataDir', 'host', 'port', 'metricsPort', 'metricsHost', 'p2pPort', 'p2pHost', 'peers', 'mdns', 'unlimited', 'snapshotSeconds'] as const),
  ...(['join', 'sequencer', 'shutdownSeconds', 'logLevel', 'maxFeeGwei', 'maxProofEther', 'watchSeconds'] as const),
] satisfies Setting[];

/** A setting that can not be used: which, where it came from, and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const envName = (setting: string): string =>
  `TIDEPOOL_${setting.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`;

type Layer = { source: string; values: Readonly<Record<string, unknown>> };

function environmentLayer(environment: NodeJS.ProcessEnv): Layer {
  const known = new Map(SETTINGS.map((setting) => [envName(setting), setting]));
  known.set('TIDEPOOL_CONFIG', 'dataDir'); // Read by the caller; named here so that it is not unknown.
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('TIDEPOOL_') || name === 'TIDEPOOL_CONFIG') continue;
    const setting = known.get(name);
    if (setting === undefined) {
      throw new ConfigError(`environment: ${name} is not a setting; known: ${[...known.keys()].join(', ')}`);
    }
    values[setting] = value;
  }
  return { source: 'environment', values };
}

function fileLayer(path: string | undefined): Layer {
  if (path === undefined) return { source: 'file', values: {} };
  let values: unknown;
  try {
    values = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path}: expected a JSON object of settings: ${(error as Error).message}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(`${path}: expected a JSON object of settings`);
  }
  return { source: path, values: values as Record<string, unknown> };
}

/** Merges flags, environment and file over the defaults. @throws ConfigError naming the setting */
export function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv,
  file: string | undefined = environment['TIDEPOOL_CONFIG'],
): Config {
  const layers: Layer[] = [
    { source: 'flag', values: flags },
    environmentLayer(environment),
    fileLayer(file),
  ];
  // Without a prototype: a setting named like one of its members is unknown like any other.
  const merged: Record<string, unknown> = Object.create(null);
  const sourceOf = new Map<string, string>();
  for (const { source, values } of layers) {
    for (const [setting, value] of Object.entries(values)) {
      if (value === undefined || setting in merged) continue;
      merged[setting] = typeof value === 'boolean' ? String(value) : value;
      sourceOf.set(setting, source);
    }
  }
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const setting = String(issue.path[0] ?? (issue.code === 'unrecognized_keys' ? issue.keys[0] : ''));
  throw new ConfigError(
    `${sourceOf.get(setting) ?? 'settings'}: ${setting}: ${issue.message}; known settings: ${SETTINGS.join(', ')}`,
  );
}
