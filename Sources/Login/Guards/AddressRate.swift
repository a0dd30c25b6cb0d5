/// How many logins a client's address may ask for. Carriers put many users behind one address, so the rate is high; it
/// stops scripts, not users.
package typealias AddressRate = KeyedRate<AddressKey>

extension KeyedRate where Key == AddressKey {
    /// 200 logins a second, of 65,536 addresses at a time.
    package init(perSecond: Int = 200, burst: Int = 200) {
        self.init(perSecond: perSecond, burst: burst, capacity: 65_536)
    }

    /// `admit` for an address as text.
    package mutating func admit(_ clientAddress: [UInt8], now: Int64) -> Int? {
        admit(AddressKey(clientAddress), now: now)
    }
}
