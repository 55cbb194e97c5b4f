/** A map for what comes and goes: the same as a plain one, and it lets go of what was in it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TurnoverMap } from '../../../node/collections/turnoverMap.ts';

const test = suite('turnover map');

test('is a map, whatever comes and goes', () => {
  const operation = fc.record({ key: fc.nat(40), value: fc.option(fc.nat(9), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 900 }), (operations) => {
      const [map, plain] = [new TurnoverMap<number, number>(), new Map<number, number>()];
      for (const { key, value } of operations) {
        if (value === undefined) assert.is(map.delete(key), plain.delete(key));
        else {
          map.set(key, value);
          plain.set(key, value);
        }
        assert.is(map.get(key), plain.get(key));
      }
      assert.is(map.size, plain.size);
      assert.equal([...map.values()], [...plain.values()]);
    }),
  );
});

const HERE = import.meta.dirname;
/** Megabytes that quick collections leave behind after `count` large entries came and went through a map that is old. */
function leftBehind(): number {
  const module = JSON.stringify(join(HERE, '../../../node/collections/turnoverMap.ts'));
  const program = `
    import { register } from 'tsx/esm/api';
    register();
    const { TurnoverMap } = await import(${module});
    const map = new TurnoverMap();
    map.set(-1, null);
    for (let i = 0; i < 3; i++) gc({ type: 'minor' });
    map.delete(-1);
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20_000; i++) {
      map.set(i, new Array(500).fill(i));
      map.delete(i - 2);
      if (i % 1_000 === 0) gc({ type: 'minor' });
    }
    gc({ type: 'minor' });
    gc({ type: 'minor' });
    console.log((process.memoryUsage().heapUsed - before) / 1e6);
    process.exit(0);`;
  const flags = ['--expose-gc', '--max-semi-space-size=16', '--initial-old-space-size=512', '--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, flags, { cwd: join(HERE, '../../..'), encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return Number(stdout);
}

test('keeps nothing of what has gone: a plain map keeps tens of megabytes here', () => {
  const left = leftBehind();
  assert.ok(left < 4, `${left} MB`);
});

test.run();
