/** The scores of peers: what lowers them, what time heals, who is cut off. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STANDINGS_MAX } from '../../../node/peers/limits.ts';
import { Standings, type Offence } from '../../../node/peers/standing.ts';
import { TokenBucket } from '../../../node/peers/tokenBucket.ts';

const BAN_MILLIS = 600_000;

function standings(): { banned: [string, Offence][]; of: Standings } {
  const banned: [string, Offence][] = [];
  return { banned, of: new Standings(BAN_MILLIS, (peer, offence) => banned.push([peer, offence])) };
}

test('offences add up to a ban, which ends and leaves a mark', () => {
  const { banned, of } = standings();
  for (let i = 0; i < 4; i++) of.offend('a', 'invalid', 0);
  assert.equal([of.scoreOf('a', 0), of.isBanned('a', 0), banned], [-80, false, []]);
  of.offend('a', 'invalid', 0);
  assert.equal([of.scoreOf('a', 0), of.isBanned('a', BAN_MILLIS - 1), banned], [-100, true, [['a', 'invalid']]]);
  of.offend('a', 'invalid', 1);
  assert.is(of.bans, 1, 'who is banned is not banned again meanwhile');
  assert.not(of.isBanned('a', BAN_MILLIS));
  assert.ok(of.scoreOf('a', BAN_MILLIS) < -40);
  assert.is(of.scoreOf('b', 0), 0);
});

test('half of what was done is forgotten in five minutes', () => {
  const { of } = standings();
  of.offend('a', 'lied', 0);
  assert.equal([of.scoreOf('a', 300_000), of.scoreOf('a', 600_000)], [-25, -12.5]);
});

test('who offended longest ago is forgotten first', () => {
  const { of } = standings();
  of.offend('first', 'lied', 0);
  for (let i = 0; i < STANDINGS_MAX; i++) of.offend(`peer ${i}`, 'flood', 0);
  assert.equal([of.scoreOf('first', 0), of.scoreOf('peer 0', 0)], [0, -1]);
});

test('a bucket gives its burst, then what flows in, and says how long the next takes', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
  assert.equal([bucket.take(20, 0), bucket.take(1, 0), bucket.waitMillis(5)], [true, false, 500]);
  assert.equal([bucket.take(5, 499), bucket.take(5, 500)], [false, true]);
  assert.equal([bucket.take(20, 1_000_000), bucket.take(1, 1_000_000)], [true, false], 'it holds no more than the burst');
});

test.run();
