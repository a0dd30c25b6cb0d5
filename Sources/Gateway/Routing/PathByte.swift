/// The classes of bytes in a path. The sets are bit maps over ASCII, low half first.
enum PathByte {
    /// Letters, digits, `-._~` (unreserved), `!$&'()*+,;=` (sub-delims), `:` and `@` (RFC 3986, section 3.3).
    private static let plain: (UInt64, UInt64) = (0x2FFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFF)
    /// Letters, digits, `-._~`.
    private static let unreserved: (UInt64, UInt64) = (0x03FF_6000_0000_0000, 0x47FF_FFFE_87FF_FFFE)
    /// `%`, and the printable bytes that RFC 3986 has no place for in a path: `"<>`, `[]` and `` ^`{|} ``.
    private static let rewritten: (UInt64, UInt64) = (0x5000_0024_0000_0000, 0x3800_0001_6800_0000)

    @inline(__always)
    private static func contains(_ set: (UInt64, UInt64), _ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        return ((byte < 0x40 ? set.0 : set.1) &>> UInt64(byte & 0x3F)) & 1 == 1
    }

    static func isPlain(_ byte: UInt8) -> Bool { contains(plain, byte) }

    static func isUnreserved(_ byte: UInt8) -> Bool { contains(unreserved, byte) }

    static func needsRewriting(_ byte: UInt8) -> Bool { contains(rewritten, byte) }

    /// Why a byte that is neither plain, nor a slash, nor rewritten is refused.
    static func fault(_ byte: UInt8) -> TargetFault {
        switch byte {
        case UInt8(ascii: "\\"): .backslash
        case UInt8(ascii: "#"): .fragment
        default: .controlOrNonASCII
        }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digit(byte >> 4))
        bytes.append(digit(byte & 0xF))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }
}
