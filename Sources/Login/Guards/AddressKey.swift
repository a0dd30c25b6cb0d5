import Glibc

/// The key of a client address for rate limits: a whole IPv4 address, or the /64 of an IPv6 address, which belongs to
/// one customer (RFC 6177). Other text is hashed.
package struct AddressKey: Hashable, Sendable {
    private let kind: UInt8
    private let value: UInt64

    private init(kind: UInt8, value: UInt64) {
        self.kind = kind
        self.value = value
    }

    /// - Parameter text: as in `EndpointRequest.clientAddress`: `192.0.2.1`, `2001:db8::1`.
    package init(_ text: [UInt8]) {
        // The longest address of the text form is 45 characters; a zone makes it longer, and is nothing to inet_pton.
        var terminated = text.prefix(64).prefix { $0 != UInt8(ascii: "%") }.map { CChar(bitPattern: $0) }
        terminated.append(0)
        var four = in_addr()
        if inet_pton(AF_INET, terminated, &four) == 1 {
            self.init(kind: 4, value: UInt64(UInt32(bigEndian: four.s_addr)))
            return
        }
        var six = in6_addr()
        if inet_pton(AF_INET6, terminated, &six) == 1 {
            let bytes = withUnsafeBytes(of: &six) { Array($0) }
            let isMapped = bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            let part = isMapped ? bytes.suffix(4) : bytes.prefix(8)
            self.init(kind: isMapped ? 4 : 6, value: part.reduce(0) { $0 << 8 | UInt64($1) })
            return
        }
        self.init(kind: 0, value: UInt64(bitPattern: Int64(text.hashValue)))
    }

    /// For callers that use bytes as keys.
    package var bytes: [UInt8] {
        [kind] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
    }
}
