import Glibc

/// An IPv4 or IPv6 address. IPv4 is kept in its mapped form (RFC 4291, section 2.5.5.2), so that both forms are one.
package struct IPAddress: Sendable, Hashable {
    /// The first eight bytes in network order.
    package let high: UInt64
    /// The last eight bytes in network order.
    package let low: UInt64

    /// An address from its 128 bits.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address from its 32 bits.
    package init(v4 bits: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(bits))
    }

    /// Reads dotted decimal or RFC 4291 text. Nil for anything else: names, brackets, zones, short forms of IPv4.
    package init?(_ text: String) {
        if text.utf8.contains(0) { return nil }
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
            return
        }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        let words = withUnsafeBytes(of: v6) { raw in
            (raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    /// Whether it is an IPv4 address (in plain or mapped form).
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether it is 0.0.0.0 or ::, which stand for all addresses of a machine.
    var isUnspecified: Bool { isIPv4 ? low & 0xFFFF_FFFF == 0 : high == 0 && low == 0 }

    /// Whether it is in 127.0.0.0/8 or is ::1.
    package var isLoopback: Bool {
        isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the short form of RFC 5952.
    package var description: String {
        if isIPv4 {
            return "\((low >> 24) & 0xFF).\((low >> 16) & 0xFF).\((low >> 8) & 0xFF).\(low & 0xFF)"
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { raw in
            raw.storeBytes(of: high.bigEndian, as: UInt64.self)
            raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
