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
