// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Black76} from "math/Black76.sol";
import {Q96} from "math/Q96.sol";

/// @title The kernels over rows of numbers, for tests
/// @notice One word of gas goes with each row: what the kernel itself cost.
contract KernelsHarness {
    /// @dev F, K, sigma, tau -> call, put, N(d1), gamma, vega, theta.
    function black76(int256[4][] calldata rows) external view returns (int256[6][] memory out, uint256[] memory gas) {
        out = new int256[6][](rows.length);
        gas = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            int256[4] calldata row = rows[i];
            uint256 before = gasleft();
            int256 root = Black76.sqrtYears(uint256(row[3]));
            Black76.Values memory v = Black76.values(row[0], row[1], Black76.logMoneyness(row[0], row[1]), row[2], root);
            gas[i] = before - gasleft();
            out[i] = [v.call, v.put, v.deltaCall, v.gamma, v.vega, v.theta];
        }
    }

    /// @dev F, K, ln(F/K), sigma sqrt(T) -> call, put; gas of the call.
    function prices(int256[4][] calldata rows) external view returns (int256[2][] memory out, uint256[] memory gas) {
        out = new int256[2][](rows.length);
        gas = new uint256[](rows.length);
        for (uint256 i = 0; i < rows.length; i++) {
            (int256 f, int256 k, int256 x, int256 s) = (rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
            uint256 before = gasleft();
            int256 call = Black76.price(f, k, x, s, true);
            gas[i] = before - gasleft();
            out[i] = [call, Black76.price(f, k, x, s, false)];
        }
    }

    /// @dev `kernel` of every number, in the order of the switch.
    function kernels(uint256 kernel, int256[] calldata xs) external view returns (int256[] memory out, uint256[] memory gas) {
        out = new int256[](xs.length);
        gas = new uint256[](xs.length);
        for (uint256 i = 0; i < xs.length; i++) {
            int256 x = xs[i];
            uint256 before = gasleft();
            int256 y;
            if (kernel == 0) y = Q96.exp(x);
            else if (kernel == 1) y = Q96.expWad(x);
            else if (kernel == 2) y = Q96.ln(x);
            else if (kernel == 3) y = Q96.lnWad(x);
            else if (kernel == 4) y = Q96.isqrt(x);
            else if (kernel == 5) y = Q96.mills(x);
            else if (kernel == 6) y = Q96.cdf(x);
            else if (kernel == 7) y = Q96.pdf(x);
            else if (kernel == 8) y = Q96.cdfWad(x);
            else if (kernel == 9) y = Q96.pdfWad(x);
            else if (kernel == 10) y = Q96.gauss(x);
            else if (kernel == 11) y = Q96.fromWad(x);
            else y = Q96.toWad(x);
            gas[i] = before - gasleft();
            out[i] = y;
        }
    }
}
