/// A block of addresses (RFC 4632), or a single one.
package struct AddressRange: Sendable, Hashable {
    /// The lowest address of the block.
    package let base: IPAddress
    /// The number of leading bits that count, out of 128: IPv4's `/8` is 104 here.
    package let prefixLength: Int

    /// A block; bits of `base` behind the prefix are cleared.
    package init(base: IPAddress, prefixLength: Int) {
        let length = min(max(prefixLength, 0), 128)
        let mask = AddressRange.mask(length)
        self.base = IPAddress(high: base.high & mask.high, low: base.low & mask.low)
        self.prefixLength = length
    }

    /// Whether the address is in the block.
    package func contains(_ address: IPAddress) -> Bool {
        let mask = AddressRange.mask(prefixLength)
        return address.high & mask.high == base.high && address.low & mask.low == base.low
    }

    private static func mask(_ length: Int) -> (high: UInt64, low: UInt64) {
        // Swift's smart shift returns 0 for shifts of 64 and more, as an empty half requires.
        (UInt64.max << UInt64(max(0, 64 - length)), UInt64.max << UInt64(min(64, 128 - length)))
    }
}

extension AddressRange: CustomStringConvertible {
    /// As in the file: `10.0.0.0/8`, or the address alone where the block has one.
    package var description: String {
        if prefixLength == 128 { return base.description }
        return "\(base)/\(base.isIPv4 && prefixLength >= 96 ? prefixLength - 96 : prefixLength)"
    }
}
