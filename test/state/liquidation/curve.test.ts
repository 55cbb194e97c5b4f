/** Prices of auctions against published numbers: Maker's stairs, and the formulas of Derive v2's auctions. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fundShare, priceShare, stepSecondsOf } from '../../../state/liquidation/curve.ts';
import type { Distress } from '../../../state/liquidation/distress.ts';
import { offerOf, type Offer } from '../../../state/liquidation/offer.ts';
import { AUCTION_KIND, type Auction, type AuctionKind } from '../../../state/records/auction.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import { WAD } from '../../../state/units.ts';
import { GENESIS_TIME, networkAt } from '../../support/world.ts';

const test = suite('auction prices');

const DEVNET = networkAt(GENESIS_TIME).parameters;
const USD = 1_000_000n;
const percent = (x: bigint): bigint => (x * WAD) / 100n;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
/** A decimal as an integer of so many places. */
const decimal = (text: string, places: number): bigint => {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole! + fraction.padEnd(places, '0').slice(0, places));
};

/* STAIRS */

/** Cut .99 each second from the whole, as in Maker's clip.t.sol: there of a price of 5, here as a share. */
const MAKER: Parameters = { ...DEVNET, auctionStart: WAD, auctionCut: percent(99n), auctionFloor: percent(45n) };

test('the share after k steps is that of the stairs of Maker', () => {
  const of = (elapsed: number): bigint => priceShare({ ...MAKER, auctionFloor: percent(1n) }, 1n, elapsed)!;
  assert.is(of(0), WAD);
  assert.is(of(1), percent(99n));
  // Prices of a top of 5 after 30 and 60 s, in the places they are published with. Each step of ours is cut off at the 18th.
  for (const [elapsed, price, places] of [[30, '3.69850186694140', 14], [60, '2.735783211953807380', 18]] as const) {
    const [ours, scale] = [5n * of(elapsed), 10n ** BigInt(18 - places)];
    const error = decimal(price, places) - ours / scale;
    assert.ok(error >= 0n && error <= 5n * BigInt(elapsed), `${elapsed} s: ${error}`);
  }
});

test('steps of 90 s and a cut of .99 are below 90 % at step 11, and below a floor of 45 % at step 80', () => {
  const of = (elapsed: number): bigint | null => priceShare(MAKER, 90n, elapsed);
  assert.ok(of(989)! > percent(90n) && of(990)! < percent(90n));
  assert.ok(of(7_199)! > percent(45n));
  assert.is(of(7_200), null);
  assert.is(of(10_000_000), null);
});

test('a price that is exactly the floor is still one', () => {
  const exact = { ...MAKER, auctionCut: WAD / 2n, auctionFloor: WAD / 4n };
  assert.equal([of(exact, 2), of(exact, 3)], [WAD / 4n, null]);
  function of(parameters: Parameters, steps: number): bigint | null {
    return priceShare(parameters, 7n, 7 * steps);
  }
});

test('never dearer later, and the same within a step', () => {
  for (const step of [1n, 15n, 17n, 60n]) {
    let last = WAD;
    for (let elapsed = 0; elapsed < 10_000; elapsed++) {
      const share = priceShare(DEVNET, step, elapsed) ?? 0n;
      if (BigInt(elapsed) % step === 0n) assert.ok(share <= last);
      else assert.is(share, last);
      last = share;
    }
    assert.is(last === 0n, step * 148n < 10_000n);
  }
});

test('steps are longer where size costs more, up to four times', () => {
  const of = (size: bigint, scan: bigint): bigint => stepSecondsOf(DEVNET, size, scan);
  assert.equal([of(0n, 0n), of(0n, 100n), of(5n, 0n)], [15n, 15n, 15n]);
  assert.equal([of(50n, 100n), of(100n, 100n), of(300n, 100n), of(10n ** 30n, 100n)], [22n, 30n, 60n, 60n]);
});

test('the fund pays more with each step, and all of it from insolventSeconds on', () => {
  const of = (elapsed: number): bigint => fundShare(DEVNET, 15n, elapsed);
  assert.equal([of(0), of(14), of(15), of(29)], [0n, 0n, WAD / 40n, WAD / 40n]);
  assert.equal([of(599), of(600), of(10_000_000)], [(WAD * 585n) / 600n, WAD, WAD]);
});

/* DERIVE */

type Case = Readonly<{ kind?: AuctionKind; value: bigint; required: bigint; reserved?: bigint; elapsed?: number; stepSeconds?: bigint }>;

/** The offer for an account of this worth that must hold so much [1e-8 USD], with no size, haircuts or penalty. */
function offered(parameters: Partial<Parameters>, { value, required, ...auction }: Case): Offer | null {
  const margin = { maintenance: required, equity: value } as Distress['margin'];
  const distress: Distress = { margin, value, haircuts: 0n, slope: required, market: 1 };
  const bare = { ...DEVNET, auctionPenalty: 0n, auctionDust: 0n, auctionFloor: 0n, ...parameters };
  const { kind = AUCTION_KIND.solvent, reserved = 0n, stepSeconds = 1n, elapsed = 0 } = auction;
  return offerOf({ kind, reserved, stepSeconds } as Auction, distress, bare, elapsed);
}

/**
 * Short a call of strike 1,500 with 200 in cash: mark-to-market value, maintenance margin (Derive's
 * is what is left above it), price share, cash of earlier bidders, share wanted; largest share and payment.
 */
const DERIVE = [
  ['1', '119.30633018', '103.09061949', '0.98', '0', '1', '.55794129', '65.23460868'],
  ['2', '119.30633018', '103.09061949', '0.98', '0', '0.05', '.55794129', '5.84601018'],
  ['4a', '119.3087188', '103.08786783', '0.926', '0', '0.1', '.57186153', '11.04798736'],
  ['4b', '118.42583428', '81.73109369', '0.926', '11.04798736', '0.111111111111111111', '.52429059', '11.04798736'],
  ['5b', '137.37340921', '46.11136202', '0.772222222222222222', '9.54862626', '0.5556', '.43340145', '42.78068348'],
  ['6c', '107.98971295', '52.91731914', '0.305555555555555556', '32.14783014', '0.428571428571428571', '.60602795', '9.93167513'],
] as const;

for (const [name, value, short, share, reserved, want, most, pays] of DERIVE) {
  test(`Derive's auction ${name}: largest share and what is paid`, () => {
    const [worth, lacking] = [decimal(value, 8), decimal(short, 8)];
    const of = { value: worth, required: worth + lacking, reserved: decimal(reserved, 8) };
    const offer = offered({ auctionStart: decimal(share, 18), auctionBuffer: percent(20n) }, of)!;
    assert.ok(abs(offer.share - decimal(`0${most}`, 18)) < 2n * 10n ** 10n, `share ${offer.share}`);
    const wanted = decimal(want, 18);
    const taken = wanted < offer.share ? wanted : offer.share;
    const paid = ((offer.value - offer.fromAccount) * taken) / WAD;
    assert.ok(abs(paid - decimal(pays, 8)) < 10n, `paid ${paid}`);
  });
}

test("Derive's unit cases: buffer .1, 300 of value and 400 required, at 1 and at .9", () => {
  const of = { value: 300n * USD, required: 400n * USD };
  const at = (auctionStart: bigint): Offer => offered({ auctionStart, auctionBuffer: percent(10n) }, of)!;
  const [whole, later] = [at(WAD), at(percent(90n))];
  assert.is(whole.value - whole.fromAccount, 300n * USD);
  assert.is(whole.share, (140n * WAD) / 440n, '.318');
  assert.is(later.value - later.fromAccount, 270n * USD);
  assert.is(later.share, (140n * WAD) / 410n, '.341');
  assert.is((270n * USD * later.share) / WAD / USD, 92n);
});

test('a second bid pays for what is left without what the first one left behind', () => {
  const parameters = { auctionStart: percent(80n), auctionBuffer: 0n };
  const first = offered(parameters, { value: 6_000n * USD, required: 16_000n * USD })!;
  assert.is(first.value - first.fromAccount, 4_800n * USD);
  const paid = ((first.value - first.fromAccount) * percent(30n)) / WAD;
  assert.is(paid, 1_440n * USD);
  const left = { value: 4_200n * USD + paid, required: 11_200n * USD, reserved: paid };
  const second = offered(parameters, left)!;
  assert.ok(abs(second.share - percent(5_366n) / 100n) < WAD / 10_000n, '53.66 %');
  assert.is((((second.value - second.fromAccount) * second.share) / WAD + USD / 2n) / USD, 1_803n);
});

test("Derive's race: buffer .05, 30 of value and 51.75 required at .8", () => {
  const { share } = offered({ auctionStart: percent(80n), auctionBuffer: percent(5n) }, { value: 30n * USD, required: 51_750_000n })!;
  assert.ok(abs(share - percent(5_034n) / 100n) < WAD / 10_000n, '.5034');
});

test('an insolvent account of -100 that must hold 200 costs 100 at once, 200 after half the time, 300 in the end', () => {
  const costs = (elapsed: number): bigint => {
    const of = { kind: AUCTION_KIND.insolvent, value: -100n * USD, required: 200n * USD, elapsed };
    const { fromAccount, fromFund, owed, penalty, share } = offered({ insolventSeconds: 600n }, of)!;
    assert.equal([fromAccount, penalty, share], [0n, 0n, WAD]);
    return fromFund + owed;
  };
  assert.equal([0, 12, 300, 600, 700].map((elapsed) => costs(elapsed) / USD), [100n, 104n, 200n, 300n, 300n]);
});

test('an insolvent auction of an account with value gives it away first', () => {
  const of = { kind: AUCTION_KIND.insolvent, value: 50n * USD, required: 200n * USD };
  const at = (elapsed: number): Offer => offered({ insolventSeconds: 600n }, { ...of, elapsed })!;
  const { fromAccount, fromFund, owed } = at(0);
  assert.equal([fromAccount, fromFund, owed], [50n * USD, 0n, 0n]);
  assert.equal([at(300).fromFund, at(600).fromFund], [75n * USD, 150n * USD]);
});

/* SHARES */

test('the dust rule sells all where what is left would need less margin than dust', () => {
  const of = { value: 300n * USD, required: 400n * USD };
  const terms = { auctionStart: WAD, auctionBuffer: percent(10n) };
  const { share } = offered(terms, of)!;
  const left = (400n * USD * (WAD - share)) / WAD;
  assert.is(offered({ ...terms, auctionDust: left }, of)!.share, share);
  assert.is(offered({ ...terms, auctionDust: left + 1n }, of)!.share, WAD);
});

test('haircuts that are saved make the largest share smaller, discount and penalty larger', () => {
  const margin = { maintenance: 400n * USD, equity: 280n * USD } as Distress['margin'];
  const distress: Distress = { margin, value: 300n * USD, haircuts: 20n * USD, slope: 410n * USD, market: 1 };
  const parameters = { ...DEVNET, auctionStart: percent(90n), auctionBuffer: percent(10n), auctionPenalty: percent(5n) };
  const auction = { kind: AUCTION_KIND.solvent, reserved: 100n * USD, stepSeconds: 1n } as Auction;
  const offer = offerOf(auction, distress, parameters, 0)!;
  assert.equal([offer.value, offer.fromAccount, offer.penalty], [200n * USD, 20n * USD, 10n * USD]);
  assert.is(offer.share, (160n * WAD) / 441n, '440 less 280 is missing, 451 and 20 less 30 are gained');
});

test('all is for sale where selling costs more than it frees', () => {
  const margin = { maintenance: 400n * USD, equity: 399n * USD } as Distress['margin'];
  const distress: Distress = { margin, value: 10_000n * USD, haircuts: 0n, slope: margin.maintenance, market: 1 };
  const parameters = { ...DEVNET, auctionStart: percent(80n) };
  const auction = { kind: AUCTION_KIND.solvent, reserved: 0n, stepSeconds: 1n } as Auction;
  assert.is(offerOf(auction, distress, parameters, 0)!.share, WAD, 'a fifth of 10,000 is more than 460');
});

test('there is no offer without value beyond what is reserved', () => {
  const of = { value: 300n * USD, required: 400n * USD };
  assert.is.not(offered({}, { ...of, reserved: 300n * USD - 1n }), null);
  assert.is(offered({}, { ...of, reserved: 300n * USD }), null);
});

test.run();
