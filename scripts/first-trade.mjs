// A first trade with nothing but viem and fetch: deposit on L1, order, fill, position, withdrawal paid on L1.
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const NODE = process.env.NODE_URL ?? 'http://127.0.0.1:8645';
const L1 = process.env.L1_URL ?? 'http://127.0.0.1:8545';
// A well-known development account: use another one of yours on any real network.
const account = privateKeyToAccount('0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e');

let id = 0;
async function call(method, params = {}) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
  const response = await fetch(NODE, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message} ${JSON.stringify(error.data)}`);
  return result;
}
async function until(what, question) {
  for (let i = 0; i < 300; i++) {
    const answer = await question().catch(() => null);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`waited five minutes for ${what}`);
}

const info = await call('system_info');
const chain = defineChain({
  id: info.l1ChainId,
  name: 'L1',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [L1] } },
});
const publicClient = createPublicClient({ chain, transport: http() });
const wallet = createWalletClient({ account, chain, transport: http() });
const mined = async (hash) => publicClient.waitForTransactionReceipt({ hash, pollingInterval: 200 });

// 1. Test dollars, into the Vault on L1.
const usdc = info.tokens.find((t) => t.symbol === 'USDC');
const { vault } = info.contracts;
const abi = parseAbi([
  'function mint(address recipient, uint256 amount)',
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
  'function deposit(uint16 asset, address owner, uint8 subaccount, uint256 amount)',
  'function withdrawAndClaim(uint64 batchIndex, uint64 index, bytes record, bytes proof)',
]);
const amount = 10_000n * 10n ** 6n;
await mined(await wallet.writeContract({ address: usdc.token, abi, functionName: 'mint', args: [account.address, amount] }));
await mined(await wallet.writeContract({ address: usdc.token, abi, functionName: 'approve', args: [vault, amount] }));
await mined(await wallet.writeContract({ address: vault, abi, functionName: 'deposit', args: [0, account.address, 0, amount] }));
const owner = account.address;
await until('the deposit', () => call('account_get', { owner }));
console.log('deposited 10,000 USDC');

// 2. An order, signed as EIP-712 over its integers.
const { tickSize, stepSize, instrument } = (await call('market_get', { market: 'BTC-PERP' })).market;
const { markPrice } = await call('market_ticker', { market: 'BTC-PERP' });
const ticks = Math.floor((Number(markPrice) * 1.01) / Number(tickSize));
const lots = 50;
const head = () => ({ owner, subaccount: 0, nonce: BigInt(Date.now()), expiry: BigInt(Math.floor(Date.now() / 1000) + 600) });
const sign = (primaryType, message) =>
  account.signTypedData({ domain: info.domain, types: { [primaryType]: info.types[primaryType] }, primaryType, message });
const order = head();
const decimal = (count, step) => (count * Number(step)).toFixed(step.includes('.') ? step.split('.')[1].length : 0);
const placed = await call('tx_submit', {
  action: {
    type: 'order', owner, subaccount: 0, nonce: String(order.nonce), expiry: Number(order.expiry),
    market: 'BTC-PERP', side: 'buy', size: decimal(lots, stepSize), price: decimal(ticks, tickSize), timeInForce: 'ioc',
  },
  signer: owner,
  signature: await sign('Order', {
    ...order, instrument, buy: true, lots: BigInt(lots), limitTicks: BigInt(ticks),
    timeInForce: 1, postOnly: false, reduceOnly: false,
  }),
});
console.log(`order ${placed.status}, filled ${placed.filledSize} BTC at ${placed.fills.map((f) => f.price).join(', ')}`);
console.log('positions', (await call('account_positions', { owner })).positions);

// 3. A withdrawal, proved against a final batch and paid on L1.
const out = head();
await call('tx_submit', {
  action: {
    type: 'withdraw', owner, subaccount: 0, nonce: String(out.nonce), expiry: Number(out.expiry),
    asset: 'USDC', amount: '1000', recipient: owner,
  },
  signer: owner,
  signature: await sign('Withdraw', { ...out, asset: 0, amount: 1000n * 10n ** 6n, recipient: owner }),
});
const record = await until('the withdrawal record', async () =>
  (await call('account_ledger', { owner, limit: 20 })).entries.find((e) => e.type === 'withdrawalRecord'));
console.log(`withdrawal ${record.withdrawal} recorded; its batch is final about a minute after it is posted`);
const proof = await until('a final batch', async () => {
  const answer = await call('proof_withdrawal', { withdrawal: record.withdrawal });
  return answer.final ? answer : null;
});
await mined(await wallet.writeContract({
  address: vault, abi, functionName: 'withdrawAndClaim',
  args: [BigInt(proof.batch), BigInt(record.withdrawal), proof.value, proof.proof],
}));
const balance = await publicClient.readContract({ address: usdc.token, abi, functionName: 'balanceOf', args: [owner] });
console.log(`paid on L1: balance ${balance / 10n ** 6n} USDC`);
