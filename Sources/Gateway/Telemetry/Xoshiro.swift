/// xoshiro256** 1.0 (Blackman and Vigna): fast random numbers for identifiers. What it gives can be told in advance by
/// who has seen enough of it; nothing that must stay secret is made of it.
struct Xoshiro: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    /// Seeded by the system, so that no two workers and no two processes draw the same numbers.
    init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: (system.next(), system.next(), system.next(), system.next()))
    }

    /// - Parameter seed: four zeros, from which the generator would never come away, become four other words.
    init(seed: (UInt64, UInt64, UInt64, UInt64)) {
        (s0, s1, s2, s3) = seed
        if s0 | s1 | s2 | s3 == 0 { s0 = 0x9E37_79B9_7F4A_7C15 }
    }

    mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }
}

/// Hexadecimal text, eight digits at a time.
enum HexText {
    /// The digits of a number as eight bytes, the first digit in the lowest.
    @inline(__always)
    static func digits(_ value: UInt32) -> UInt64 {
        // One nibble to a byte, ...
        var spread = UInt64(value)
        spread = (spread << 16 | spread) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 4 | spread) & 0x0F0F_0F0F_0F0F_0F0F
        // ... a one in each byte that is above nine, and from '9' + 1 to 'a' there are 39 steps.
        let letters = ((spread + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (spread + 0x3030_3030_3030_3030 + letters * 39).byteSwapped
    }

    static func isLowerDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
    }
}

extension MutableRawSpan {
    /// Writes eight digits.
    @inline(__always)
    mutating func write(digits: UInt64, at start: Int) {
        storeBytes(of: digits.littleEndian, toByteOffset: start, as: UInt64.self)
    }

    /// Writes the first four of eight digits and, one place further, the others.
    @inline(__always)
    mutating func write(separated digits: UInt64, at start: Int) {
        storeBytes(of: UInt32(truncatingIfNeeded: digits).littleEndian, toByteOffset: start, as: UInt32.self)
        storeBytes(of: UInt32(truncatingIfNeeded: digits >> 32).littleEndian, toByteOffset: start + 5, as: UInt32.self)
    }
}
