/** The Solidity kernels on an EVM, many rows a call. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, STEP_RUNS } from '../../../../scripts/contracts.ts';
import { ANYONE, TestChain, type Deployed } from '../evm.ts';

const ROWS_PER_CALL = 250;
const GAS = 1_000_000_000n;

/** In the order of `KernelsHarness.kernels`. */
export const KERNELS = [
  'expQ96',
  'expWad',
  'lnQ96',
  'lnWad',
  'isqrt',
  'millsQ96',
  'cdfQ96',
  'pdfQ96',
  'cdfWad',
  'pdfWad',
  'gaussQ96',
  'wadToQ96',
  'q96ToWad',
] as const;
export type KernelName = (typeof KERNELS)[number];

/** What a kernel gives for each row, and the gas it took. */
export type Answers<Value> = Readonly<{ out: Value[]; gas: number[] }>;

export class Kernels {
  private readonly chain: TestChain;
  private readonly harness: Deployed;

  private constructor(chain: TestChain, harness: Deployed) {
    this.chain = chain;
    this.harness = harness;
  }

  static async deploy(): Promise<Kernels> {
    const path = 'KernelsHarness.sol';
    const source = readFileSync(join(import.meta.dirname, path), 'utf8');
    // Compiled as the steps are, which use the kernels.
    const contract = compile({ [path]: source }, STEP_RUNS).get(`${path}:KernelsHarness`)!;
    const chain = await TestChain.create();
    return new Kernels(chain, await chain.create(contract, [], ANYONE));
  }

  /** call, put, N(d1), gamma, vega, theta of rows of F, K, sigma, tau. */
  black76 = (rows: readonly bigint[][]): Promise<Answers<bigint[]>> => this.ask('black76', [], rows);

  /** call and put of rows of F, K, ln(F/K), sigma sqrt(T); the gas is of one of them. */
  prices = (rows: readonly bigint[][]): Promise<Answers<bigint[]>> => this.ask('prices', [], rows);

  apply = (kernel: KernelName, xs: readonly bigint[]): Promise<Answers<bigint>> =>
    this.ask('kernels', [KERNELS.indexOf(kernel)], xs);

  private async ask<Value>(name: string, head: readonly unknown[], rows: readonly unknown[]): Promise<Answers<Value>> {
    const answers: Answers<Value> = { out: [], gas: [] };
    for (let from = 0; from < rows.length; from += ROWS_PER_CALL) {
      const some = rows.slice(from, from + ROWS_PER_CALL);
      const { result } = await this.chain.call(this.harness, name, [...head, some], { gas: GAS });
      const [out, gas] = result as [Value[], bigint[]];
      answers.out.push(...out);
      answers.gas.push(...gas.map(Number));
    }
    return answers;
  }
}
