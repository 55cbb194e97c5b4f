// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Kernel} from "../Protocol.sol";

/// @title Fixed-point kernels, section 5.1 of the specification
/// @notice Twin of `state/math/q96.ts`, bit by bit; domains and errors are written there. Arithmetic
/// is unchecked: `test/state/pricing/int256.test.ts` runs every operator up to the ends of the
/// domains and finds it inside of int256. What is outside fails an assertion first, but in `toWad`,
/// `gauss` and `mills`, whose callers have looked.
library Q96 {
    /// @dev Toward zero.
    function fromWad(int256 x) internal pure returns (int256) {
        assert(x < 1 << 176 && x > -1 << 176);
        unchecked {
            return (x << 78) / Kernel.FIVE_18;
        }
    }

    /// @dev To the nearest, halves up. |x| < 2^212.
    function toWad(int256 x) internal pure returns (int256) {
        unchecked {
            return (x * Kernel.FIVE_18 + (1 << 77)) >> 78;
        }
    }

    function exp(int256 x) internal pure returns (int256) {
        assert(x <= Kernel.EXP_MAX);
        if (x < Kernel.EXP_UNDERFLOW) return 0;
        unchecked {
            int256 k = _binaryExponent(x);
            int256 mantissa = _expMantissa(x, k);
            return k >= 0 ? mantissa << uint256(k) : mantissa >> uint256(-k);
        }
    }

    function expWad(int256 x) internal pure returns (int256) {
        assert(x <= Kernel.EXP_WAD_MAX);
        if (x < Kernel.EXP_WAD_UNDERFLOW) return 0;
        unchecked {
            int256 argument = fromWad(x);
            int256 k = _binaryExponent(argument);
            int256 scaled = _expMantissa(argument, k) * 1e18;
            return k <= 96 ? scaled >> uint256(96 - k) : scaled << uint256(k - 96);
        }
    }

    /// @dev exp(-x^2 / 2), |x| <= 16.
    function gauss(int256 x) internal pure returns (int256) {
        unchecked {
            int256 y = -((x * x) >> 97);
            if (y < Kernel.EXP_UNDERFLOW) return 0;
            int256 k = _binaryExponent(y);
            // y is not positive, and so is not k.
            return _expMantissa(y, k) >> uint256(-k);
        }
    }

    function _binaryExponent(int256 x) private pure returns (int256) {
        unchecked {
            return (x * Kernel.INVERSE_LN_2 + (1 << 191)) >> 192;
        }
    }

    /// @dev The last coefficient of `EXP_ODD` is one: its product with u is u.
    function _expMantissa(int256 x, int256 k) private pure returns (int256) {
        unchecked {
            int256 r = x - k * Kernel.LN_2;
            int256 u = (r * r) >> 96;
            int256 even = ((Kernel.EXP_EVEN_3 * u) >> 96) + Kernel.EXP_EVEN_2;
            even = ((even * u) >> 96) + Kernel.EXP_EVEN_1;
            even = ((even * u) >> 96) + Kernel.EXP_EVEN_0;
            int256 odd = u + Kernel.EXP_ODD_2;
            odd = ((odd * u) >> 96) + Kernel.EXP_ODD_1;
            odd = ((odd * u) >> 96) + Kernel.EXP_ODD_0;
            odd = (r * odd) >> 96;
            return ((even + odd) << 96) / (even - odd);
        }
    }

    function ln(int256 x) internal pure returns (int256) {
        assert(x > 0);
        unchecked {
            int256 k = int256(Math.log2(uint256(x))) - 96;
            int256 y = k >= 0 ? x >> uint256(k) : x << uint256(-k);
            int256 center = Kernel.Q96;
            if (y > Kernel.SQRT_2) {
                k += 1;
                center = 2 * Kernel.Q96;
            }
            int256 t = ((y - center) << 96) / (y + center);
            return k * Kernel.LN_2 + ((t * _artanh((t * t) >> 96)) >> 95);
        }
    }

    /// @dev artanh(t) / t of u = t^2.
    function _artanh(int256 u) private pure returns (int256 sum) {
        unchecked {
            sum = ((Kernel.ARTANH_9 * u) >> 96) + Kernel.ARTANH_8;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_7;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_6;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_5;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_4;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_3;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_2;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_1;
            sum = ((sum * u) >> 96) + Kernel.ARTANH_0;
        }
    }

    function lnWad(int256 x) internal pure returns (int256) {
        assert(x > 0 && x < 1 << 159);
        unchecked {
            return toWad(ln(x << 96) - Kernel.LN_WAD);
        }
    }

    /// @dev floor(sqrt(n)) of 0 <= n < 2^255: there is one answer, whatever finds it.
    function isqrt(int256 n) internal pure returns (int256) {
        assert(n >= 0);
        return int256(Math.sqrt(uint256(n)));
    }

    /// @dev Scaled Mills ratio, 0 <= z <= 16.
    function mills(int256 z) internal pure returns (int256) {
        unchecked {
            int256 above = ((Kernel.MILLS_NUMERATOR_10 * z) >> 96) + Kernel.MILLS_NUMERATOR_9;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_8;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_7;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_6;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_5;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_4;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_3;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_2;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_1;
            above = ((above * z) >> 96) + Kernel.MILLS_NUMERATOR_0;
            int256 below = ((Kernel.MILLS_DENOMINATOR_11 * z) >> 96) + Kernel.MILLS_DENOMINATOR_10;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_9;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_8;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_7;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_6;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_5;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_4;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_3;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_2;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_1;
            below = ((below * z) >> 96) + Kernel.MILLS_DENOMINATOR_0;
            return (above << 96) / below;
        }
    }

    function cdf(int256 x) internal pure returns (int256) {
        unchecked {
            int256 z = x < 0 ? -x : x;
            int256 tail = z >= Kernel.NORMAL_BOUND ? int256(0) : (gauss(z) * mills(z)) >> 96;
            return x < 0 ? tail : Kernel.Q96 - tail;
        }
    }

    function pdf(int256 x) internal pure returns (int256) {
        if (x >= Kernel.NORMAL_BOUND || x <= -Kernel.NORMAL_BOUND) return 0;
        unchecked {
            return (gauss(x) * Kernel.NORMAL_PEAK) >> 96;
        }
    }

    function cdfWad(int256 x) internal pure returns (int256) {
        return toWad(cdf(fromWad(x)));
    }

    function pdfWad(int256 x) internal pure returns (int256) {
        return toWad(pdf(fromWad(x)));
    }
}
