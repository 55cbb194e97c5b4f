// Whatever is sent to the embedded L1, it answers with a coded error and goes on working.
import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { concatHex, numberToHex, type Hex } from 'viem';
import { EmbeddedL1, type Mining } from '../../../node/l1/embedded/embeddedL1.ts';
import { EmbeddedL1Error, L1RpcError } from '../../../node/l1/embedded/errors.ts';
import { POOL_SENDER_TRANSACTIONS_MAX } from '../../../node/l1/embedded/mempool.ts';
import { serveEmbeddedL1 } from '../../../node/l1/embedded/server.ts';
import { openL1Provider } from '../../../node/l1/provider.ts';
import { account, CHAIN_ID, deployProbe } from './backends.ts';
import { PROBE_ABI } from './probeContract.ts';

const test = suite('embedded L1: hostile input');
const SEED = 0x7164e;
const FUZZ_RUNS = 1_500;

const openMemory = (mining: Mining = { kind: 'auto' }) =>
  EmbeddedL1.open({ directory: null, chainId: CHAIN_ID, mining });

async function refusal(l1: EmbeddedL1, method: string, params: unknown): Promise<L1RpcError> {
  const outcome = await l1.request({ method, params }).catch((error: unknown) => error);
  if (!(outcome instanceof L1RpcError)) {
    throw new Error(`${method} ${JSON.stringify(params)?.slice(0, 200)}: not refused: ${outcome}`);
  }
  return outcome;
}

const METHODS = [
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
  'eth_getTransactionByHash',
  'eth_getTransactionReceipt',
  'eth_getTransactionCount',
  'eth_getBalance',
  'eth_getCode',
  'eth_getStorageAt',
  'eth_call',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_sendRawTransaction',
  'eth_getLogs',
  'eth_getBlockReceipts',
  'eth_getBlockTransactionCountByNumber',
  'evm_increaseTime',
  'evm_setNextBlockTimestamp',
  'tidepool_reorg',
];

test('any parameters get a result or a coded error, never an internal one', async () => {
  const l1 = await openMemory();
  await l1.mine();
  const hex = fc.stringMatching(/^0x[0-9a-fA-F]{0,80}$/);
  const address = fc.stringMatching(/^0x[0-9a-f]{40}$/);
  const hash = fc.stringMatching(/^0x[0-9a-f]{64}$/);
  const tag = fc.constantFrom('latest', 'pending', 'safe', 'finalized', 'earliest', '0x0', '0x1');
  const scalar = fc.oneof(hex, address, hash, tag, fc.anything(), fc.integer(), fc.boolean());
  const key = fc.constantFrom(
    ...['from', 'to', 'data', 'input', 'gas', 'value', 'gasPrice', 'accessList', 'blockHash'],
    ...['fromBlock', 'toBlock', 'address', 'topics', 'dropTransactions', 'blocks', '__proto__'],
  );
  const param = fc.oneof(scalar, fc.dictionary(key, fc.oneof(scalar, fc.array(scalar))));
  const params = fc.oneof(fc.array(param, { maxLength: 4 }), fc.anything());
  const property = fc.asyncProperty(fc.constantFrom(...METHODS), params, async (method, given) => {
    const outcome = await l1.request({ method, params: given }).catch((error: unknown) => error);
    if (outcome instanceof L1RpcError) assert.is.not(outcome.code, -32603, outcome.message);
    else assert.not.instance(outcome, Error);
  });
  await fc.assert(property, { seed: SEED, numRuns: FUZZ_RUNS });
  assert.is(await l1.request({ method: 'eth_chainId' }), numberToHex(CHAIN_ID));
  await l1.mine();
  await l1.close();
});

test('damaged transactions are refused, whole ones still taken', async () => {
  const l1 = await openMemory();
  const raw = await account(0).signTransaction({
    chainId: CHAIN_ID,
    to: account(1).address,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
  });
  const mask = fc.integer({ min: 1, max: 255 });
  const damage = fc.record({ at: fc.nat(raw.length / 2 - 2), mask });
  const property = fc.asyncProperty(damage, async ({ at, mask }) => {
    const bytes = Buffer.from(raw.slice(2), 'hex');
    bytes[at] = (bytes[at] ?? 0) ^ mask;
    // Another signature may recover another sender, who has no ether.
    const error = await refusal(l1, 'eth_sendRawTransaction', [`0x${bytes.toString('hex')}`]);
    assert.is(error.code, -32000, error.message);
  });
  await fc.assert(property, { seed: SEED, numRuns: 400 });
  assert.type(await l1.request({ method: 'eth_sendRawTransaction', params: [raw] }), 'string');
  assert.match((await refusal(l1, 'eth_sendRawTransaction', [raw])).message, 'nonce too low');
  await l1.close();
});

test('each rule of admission has its own words', async () => {
  const l1 = await openMemory({ kind: 'manual' });
  const to = account(1).address;
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  const sign = (change: object) =>
    account(0).signTransaction({ chainId: CHAIN_ID, to, gas: 21_000n, ...fees, ...change });
  const cases: readonly (readonly [Promise<Hex>, RegExp])[] = [
    [sign({ chainId: 1 }), /chain ID/i],
    [sign({ gas: 20_999n }), /intrinsic gas too low: gas 20999, minimum needed 21000/],
    [sign({ gas: 16_777_217n }), /transaction gas limit too high/],
    [sign({ data: '0xff' }), /intrinsic gas too low/],
    [sign({ value: 10n ** 23n }), /insufficient funds for gas/],
    [sign({ nonce: POOL_SENDER_TRANSACTIONS_MAX }), /nonce too high/],
    [sign({ data: `0x${'00'.repeat(131_072)}`, gas: 16_000_000n }), /oversized data/],
    [Promise.resolve('0x'), /too short/],
    [Promise.resolve('0x03c0'), /transaction type not supported: 3/],
    [Promise.resolve('0x04c0'), /transaction type not supported: 4/],
  ];
  for (const [raw, words] of cases) {
    assert.match((await refusal(l1, 'eth_sendRawTransaction', [await raw])).message, words);
  }
  const old = { to, gas: 21_000n, gasPrice: 10n ** 10n, type: 'legacy' } as const;
  const unprotected = await account(0).signTransaction(old);
  assert.match((await refusal(l1, 'eth_sendRawTransaction', [unprotected])).message, 'EIP-155');
  await l1.close();
});

test('what a sender promises in all pending transactions must be covered', async () => {
  const l1 = await openMemory({ kind: 'manual' });
  const half = 6_000n * 10n ** 18n;
  const send = async (nonce: number, value: bigint) => {
    const to = account(1).address;
    const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
    const request = { chainId: CHAIN_ID, to, gas: 21_000n, nonce, value, ...fees };
    return [await account(0).signTransaction(request)];
  };
  await l1.request({ method: 'eth_sendRawTransaction', params: await send(0, half) });
  const error = await refusal(l1, 'eth_sendRawTransaction', await send(1, half));
  assert.match(error.message, 'insufficient funds');
  await l1.request({ method: 'eth_sendRawTransaction', params: await send(1, 1n) });
  await l1.close();
});

test('a call that never ends runs out of gas', async () => {
  const l1 = await openMemory();
  const provider = openL1Provider({ kind: 'embedded', l1 }, { chainId: CHAIN_ID });
  const unused = async () => {};
  const raw = (method: string, params: readonly unknown[] = []) => l1.request({ method, params });
  const backend = { ...provider, raw, reorg: unused, mine: unused, close: unused };
  const address = await deployProbe(backend);
  const request = { abi: PROBE_ABI, address, functionName: 'spin', gas: 1_000_000n } as const;
  const outcome = await provider.publicClient.readContract(request).catch((error: Error) => error);
  assert.match((outcome as Error).message, 'out of gas');
  await l1.close();
});

type Answer = {
  readonly status: number;
  readonly body: string;
  readonly origin: string | undefined;
};

/** A request with headers that fetch would not let a program set. */
function post(port: number, body: string | Buffer, headers: Record<string, string> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const origin = response.headers['access-control-allow-origin'];
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, body: text, origin });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('the HTTP server: JSON-RPC 2.0 in full, and strangers kept out', async () => {
  const l1 = await openMemory();
  const server = await serveEmbeddedL1({ l1, port: 0, origins: ['https://wallet.example'] });
  const { port } = server;
  const call = (method: string, id: unknown = 1) => ({ jsonrpc: '2.0', id, method });
  const sent = async (body: unknown, headers?: Record<string, string>) => {
    const answer = await post(port, JSON.stringify(body), headers);
    return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
  };
  const chainId = numberToHex(CHAIN_ID);
  const first = await sent(call('eth_chainId', 'a'));
  assert.equal(first.json, { jsonrpc: '2.0', id: 'a', result: chainId });
  const batch = await sent([call('eth_chainId', 1), { jsonrpc: '2.0', method: 'eth_chainId' }, 5]);
  assert.equal(batch.json.map((one: { id: unknown }) => one.id), [1, null]);
  assert.is(batch.json[1].error.code, -32600);
  assert.is((await sent([])).json.error.code, -32600);
  assert.is((await sent(Array(101).fill(call('eth_chainId')))).json.error.code, -32600);
  assert.is((await sent({ jsonrpc: '2.0', method: 'eth_chainId' })).status, 204);
  assert.is((await sent({ id: 1, method: 'eth_chainId' })).json.error.code, -32600);
  assert.is((await sent(call('eth_nothing'))).json.error.code, -32601);
  assert.is((await sent({ ...call('eth_getBalance'), params: { a: 1 } })).json.error.code, -32602);
  assert.is(JSON.parse((await post(port, '{"jsonrpc"')).body).error.code, -32700);
  // Methods that turn time are for those who asked for them.
  assert.is((await sent(call('evm_mine'))).json.error.code, -32601);
  assert.is((await sent(call('tidepool_reorg'))).json.error.code, -32601);
  assert.is((await sent(call('eth_chainId'), { host: 'evil.example' })).status, 403);
  assert.is((await sent(call('eth_chainId'), { origin: 'https://evil.example' })).status, 403);
  assert.is((await sent(call('eth_chainId'), { origin: 'null' })).status, 403);
  const friends = ['http://localhost:5173', 'chrome-extension://abc', 'https://wallet.example'];
  for (const origin of friends) {
    assert.is((await sent(call('eth_chainId'), { origin })).origin, origin);
  }
  const large = await post(port, Buffer.alloc(5 * 1_024 * 1_024 + 1, 0x20)).catch(() => null);
  assert.ok(large === null || large.status === 413);
  const outcome: unknown = await serveEmbeddedL1({ l1, port }).catch((error: unknown) => error);
  assert.is(outcome instanceof EmbeddedL1Error ? outcome.fault : outcome, 'port_in_use');
  assert.is((await sent(call('eth_chainId'))).json.result, chainId);
  await server.close();
  await l1.close();
});

test('the largest transaction fits through the server', async () => {
  const l1 = await openMemory();
  const server = await serveEmbeddedL1({ l1, port: 0 });
  const provider = openL1Provider({ kind: 'rpc', url: server.url }, { chainId: CHAIN_ID });
  const data = concatHex(['0x', `0x${'ab'.repeat(100 * 1_024)}`]);
  const request = { to: account(1).address, data };
  const hash = await provider.walletClient(account(0)).sendTransaction(request);
  const receipt = await provider.publicClient.getTransactionReceipt({ hash });
  assert.is(receipt.gasUsed, 21_000n + 40n * 100n * 1_024n);
  await server.close();
  await l1.close();
});

test.run();
