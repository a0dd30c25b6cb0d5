/// `host [ ":" port ]` (RFC 9110 section 4.2, RFC 3986 section 3.2).
enum HostAuthority {
    /// Whether the bytes are a host with an optional port. Stricter than the RFC: the host must not be empty or contain
    /// a comma (which would make two members of an `x-forwarded-host`).
    static func isValid(_ bytes: RawSpan, _ slice: ByteSlice) -> Bool {
        let end = slice.end
        var offset = Int(slice.start)
        guard offset < end else { return false }
        if bytes.byte(offset) == 0x5B {
            // IP-literal: the content of the brackets is compared but never resolved, so its bytes are sufficient.
            offset += 1
            let start = offset
            while offset < end, Self.isInLiteral(bytes.byte(offset)) { offset += 1 }
            guard offset > start, offset < end, bytes.byte(offset) == 0x5D else { return false }
            offset += 1
        } else {
            let start = offset
            while offset &+ 8 <= end, SWAR.plainHostBytes(SWAR.load(bytes, offset)) == SWAR.tops { offset &+= 8 }
            while offset < end {
                let byte = bytes.byte(offset)
                if Self.isInName(byte) {
                    offset &+= 1
                } else if byte == 0x25 {
                    guard offset + 2 < end, Byte.hexadecimal(bytes.byte(offset + 1)) != nil,
                        Byte.hexadecimal(bytes.byte(offset + 2)) != nil
                    else { return false }
                    offset += 3
                } else {
                    break
                }
            }
            guard offset > start else { return false }
        }
        guard offset < end else { return true }
        guard bytes.byte(offset) == Byte.colon else { return false }
        var port = 0
        for digit in (offset + 1)..<end {
            guard Byte.isDigit(bytes.byte(digit)) else { return false }
            port = port * 10 + Int(bytes.byte(digit) - Byte.zero)
            guard port <= 65535 else { return false }
        }
        return true
    }

    /// Whether two valid authorities are equal up to letter case and the default port of the scheme.
    static func areEqual(_ bytes: RawSpan, _ one: ByteSlice, _ other: ByteSlice, defaultPort: Int) -> Bool {
        let (oneHost, onePort) = Self.split(bytes, one, defaultPort: defaultPort)
        let (otherHost, otherPort) = Self.split(bytes, other, defaultPort: defaultPort)
        guard onePort == otherPort, oneHost.count == otherHost.count else { return false }
        for index in 0..<Int(oneHost.count)
        where Byte.lowercased(bytes.byte(Int(oneHost.start) + index))
            != Byte.lowercased(bytes.byte(Int(otherHost.start) + index))
        {
            return false
        }
        return true
    }

    private static func split(_ bytes: RawSpan, _ slice: ByteSlice, defaultPort: Int) -> (ByteSlice, Int) {
        var offset = slice.end
        var port = 0
        var scale = 1
        while offset > Int(slice.start), Byte.isDigit(bytes.byte(offset - 1)) {
            offset -= 1
            // Valid ports end at 65535, but digits may belong to a host without one: stop before they overflow.
            if scale <= 1_000_000 { port += Int(bytes.byte(offset) - Byte.zero) * scale }
            scale = min(scale * 10, 10_000_000)
        }
        guard offset > Int(slice.start), bytes.byte(offset - 1) == Byte.colon else { return (slice, defaultPort) }
        let host = ByteSlice(from: Int(slice.start), to: offset - 1)
        return (host, offset == slice.end ? defaultPort : port)
    }

    /// `unreserved` and `sub-delims` but the comma, as a set of bits for the bytes 0 to 63 and 64 to 127.
    @inline(__always)
    private static func isInName(_ byte: UInt8) -> Bool {
        byte < 64
            ? (0x2BFF_6FD2_0000_0000 as UInt64) >> UInt64(byte) & 1 != 0
            : byte < 128 && (0x47FF_FFFE_87FF_FFFE as UInt64) >> UInt64(byte & 63) & 1 != 0
    }

    @inline(__always)
    private static func isInLiteral(_ byte: UInt8) -> Bool {
        Byte.isAlphanumeric(byte) || byte == Byte.colon || byte == Byte.dot
    }
}
