// A small contract that does one of everything an L1 must get right, compiled once for each test
// process.
import solc from 'solc';
import type { Hex } from 'viem';

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;
contract Probe {
  event Stored(address indexed sender, uint256 indexed key, uint256 value);
  error Refused(uint256 code);
  mapping(uint256 => uint256) public values;
  function store(uint256 key, uint256 value) external {
    if (value == 0) revert Refused(key);
    values[key] = value;
    emit Stored(msg.sender, key, value);
  }
  function fail(string calldata reason) external pure { revert(reason); }
  function hashOf(uint256 number) external view returns (bytes32) { return blockhash(number); }
  function requireHash(uint256 number, bytes32 hash) external {
    require(hash != 0 && blockhash(number) == hash, "wrong hash");
    values[number] = 1;
  }
  function absorb(bytes calldata) external {}
  function spin() external view { while (gasleft() > 0) {} }
}`;

export const PROBE_ABI = [
  {
    type: 'event',
    name: 'Stored',
    inputs: [
      { name: 'sender', type: 'address', indexed: true },
      { name: 'key', type: 'uint256', indexed: true },
      { name: 'value', type: 'uint256', indexed: false },
    ],
  },
  { type: 'error', name: 'Refused', inputs: [{ name: 'code', type: 'uint256' }] },
  {
    type: 'function',
    name: 'values',
    stateMutability: 'view',
    inputs: [{ name: 'key', type: 'uint256' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
  {
    type: 'function',
    name: 'store',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'key', type: 'uint256' },
      { name: 'value', type: 'uint256' },
    ],
    outputs: [],
  },
  {
    type: 'function',
    name: 'fail',
    stateMutability: 'pure',
    inputs: [{ name: 'reason', type: 'string' }],
    outputs: [],
  },
  {
    type: 'function',
    name: 'hashOf',
    stateMutability: 'view',
    inputs: [{ name: 'number', type: 'uint256' }],
    outputs: [{ name: '', type: 'bytes32' }],
  },
  {
    type: 'function',
    name: 'requireHash',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'number', type: 'uint256' },
      { name: 'hash', type: 'bytes32' },
    ],
    outputs: [],
  },
  {
    type: 'function',
    name: 'absorb',
    stateMutability: 'nonpayable',
    inputs: [{ name: '', type: 'bytes' }],
    outputs: [],
  },
  { type: 'function', name: 'spin', stateMutability: 'view', inputs: [], outputs: [] },
] as const;

let compiled: Hex | undefined;

/** Creation code of the contract. */
export function probeBytecode(): Hex {
  compiled ??= compile();
  return compiled;
}

function compile(): Hex {
  const input = {
    language: 'Solidity',
    sources: { 'Probe.sol': { content: SOURCE } },
    settings: {
      evmVersion: 'osaka',
      outputSelection: { '*': { Probe: ['evm.bytecode.object'] } },
    },
  };
  const compiler = solc as { compile(text: string): string };
  const output = JSON.parse(compiler.compile(JSON.stringify(input)));
  const object: unknown = output.contracts?.['Probe.sol']?.Probe?.evm?.bytecode?.object;
  if (typeof object !== 'string') throw new Error(JSON.stringify(output.errors));
  return `0x${object}`;
}
