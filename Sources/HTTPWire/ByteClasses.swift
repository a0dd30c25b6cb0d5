internal import Glibc

/// The bytes of the grammar by name.
enum Byte {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let asterisk: UInt8 = 0x2A
    static let comma: UInt8 = 0x2C
    static let dash: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let question: UInt8 = 0x3F
    static let at: UInt8 = 0x40
    static let delete: UInt8 = 0x7F

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- Self.zero < 10 }

    @inline(__always)
    static func isWhitespace(_ byte: UInt8) -> Bool { byte == Self.space || byte == Self.tab }

    /// Lower case of an ASCII letter, any other byte as it is.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool { Self.isDigit(byte) || (byte | 0x20) &- 0x61 < 26 }

    /// `tchar` (RFC 9110 section 5.6.2), as a set of bits for the bytes 0 to 63 and 64 to 127.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 64
            ? (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 != 0
            : byte < 128 && (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte & 63) & 1 != 0
    }

    /// The bytes of a field value or a reason phrase: all except control characters other than the horizontal tab (RFC
    /// 9110 section 5.5; bytes from 0x80 are `obs-text`).
    @inline(__always)
    static func isFieldContent(_ byte: UInt8) -> Bool {
        (byte >= Self.space && byte != Self.delete) || byte == Self.tab
    }

    /// The value of a hexadecimal digit.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        if Self.isDigit(byte) { return byte &- Self.zero }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}

/// Eight bytes at a time. Each function marks the bytes it means with their top bit, the first byte lowest.
enum SWAR {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let tops: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func load(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private struct Pair: BitwiseCopyable {
        var first: UInt64
        var second: UInt64
    }

    /// Sixteen bytes with one check of the bounds.
    @inline(__always)
    static func loadTwo(_ bytes: RawSpan, _ offset: Int) -> (UInt64, UInt64) {
        let pair = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Pair.self)
        return (UInt64(littleEndian: pair.first), UInt64(littleEndian: pair.second))
    }

    /// Letters, digits, `-` and `.`. Exact for every byte.
    @inline(__always)
    static func plainHostBytes(_ word: UInt64) -> UInt64 {
        let dots = ~(((word & ~Self.tops) ^ (Self.ones &* 0x2E)) &+ Self.ones &* 0x7F) & ~word & Self.tops
        return Self.plainNameBytes(word) | dots
    }

    /// Letters, digits and `-`. Exact for every byte.
    @inline(__always)
    static func plainNameBytes(_ word: UInt64) -> UInt64 {
        let low = word & ~Self.tops
        let folded = low | (Self.ones &* 0x20)
        let letters = (folded &+ Self.ones &* (0x80 - 0x61)) & ~(folded &+ Self.ones &* (0x80 - 0x7B))
        let digits = (low &+ Self.ones &* (0x80 - 0x30)) & ~(low &+ Self.ones &* (0x80 - 0x3A))
        let dashes = ~((low ^ (Self.ones &* 0x2D)) &+ Self.ones &* 0x7F)
        return (letters | digits | dashes) & ~word & Self.tops
    }

    /// Bytes below 0x20 and 0x7F. The lowest mark is exact; marks above it may be wrong.
    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 {
        ((word &- Self.ones &* 0x20) & ~word & Self.tops) | Self.equal(word, 0x7F)
    }

    /// Bytes equal to `byte`. The lowest mark is exact; marks above it may be wrong.
    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let differences = word ^ (Self.ones &* UInt64(byte))
        return (differences &- Self.ones) & ~differences & Self.tops
    }

    /// The bytes that end a request target or are invalid in it: all but printable ASCII, the space, `#` and the
    /// backslash (RFC 3986 requires the rest to be encoded; servers interpret `#` and the backslash differently). The
    /// lowest mark is exact; marks above it may be wrong.
    @inline(__always)
    static func targetStops(_ word: UInt64) -> UInt64 {
        let below = (word &- Self.ones &* 0x21) & ~word
        return (below | word | Self.equal(word, 0x7F) | Self.equal(word, 0x23) | Self.equal(word, 0x5C)) & Self.tops
    }

    /// The bits that make upper-case letters lower case. Exact for every byte.
    @inline(__always)
    static func caseBits(_ word: UInt64) -> UInt64 {
        let low = word & ~Self.tops
        let upper = (low &+ Self.ones &* (0x80 - 0x41)) & ~(low &+ Self.ones &* (0x80 - 0x5B)) & ~word & Self.tops
        return upper >> 2
    }
}

extension RawSpan {
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { self.unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// Whether there is CR LF at `offset`.
    @inline(__always)
    func isLineEnd(_ offset: Int) -> Bool {
        offset &+ 2 <= self.byteCount
            && UInt16(littleEndian: self.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)) == 0x0A0D
    }

    /// Offset of the first line feed at or after `start`.
    @inline(__always)
    func lineFeed(from start: Int) -> Int? {
        self.extracting(start..<self.byteCount).withUnsafeBytes { rest -> Int? in
            guard let base = rest.baseAddress, let found = memchr(base, CInt(Byte.lineFeed), rest.count) else {
                return nil
            }
            return start + (UnsafeRawPointer(found) - base)
        }
    }

    /// Whether the bytes of `slice` are `text`, letter case put aside; `text` is given in lower case.
    func equalsIgnoringCase(_ slice: ByteSlice, _ text: StaticString) -> Bool {
        guard Int(slice.count) == text.utf8CodeUnitCount else { return false }
        let start = Int(slice.start)
        return text.withUTF8Buffer { expected in
            for index in expected.indices where Byte.lowercased(self.byte(start + index)) != expected[index] {
                return false
            }
            return true
        }
    }
}
