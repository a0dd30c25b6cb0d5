import RandomJSON
import Testing

@testable import Login

@Suite("The rate of an address")
struct AddressRateTests {
    private static let now: Int64 = 1_763_700_000_000

    private static func key(_ text: String) -> AddressKey { AddressKey(Array(text.utf8)) }

    @Test("a full bucket at once, then one each 5 ms; others are not touched")
    func bucket() {
        var rate = AddressRate()
        let (first, second) = (Self.key("192.0.2.1"), Self.key("192.0.2.2"))
        for _ in 0..<200 { #expect(rate.admit(first, now: Self.now) == nil) }
        #expect(rate.admit(first, now: Self.now) == 1)
        #expect(rate.admit(second, now: Self.now) == nil)
        #expect(rate.admit(first, now: Self.now + 4) == 1)
        #expect(rate.admit(first, now: Self.now + 5) == nil)
        #expect(rate.admit(first, now: Self.now + 5) == 1)
        #expect((0..<300).count { _ in rate.admit(first, now: Self.now + 60_000) == nil } == 200)
    }

    @Test("the wait is told in seconds, and is enough")
    func wait() {
        var rate = AddressRate(perSecond: 1, burst: 1)
        let key = Self.key("192.0.2.1")
        #expect(rate.admit(key, now: Self.now) == nil)
        #expect(rate.admit(key, now: Self.now) == 1)
        #expect(rate.admit(key, now: Self.now + 999) == 1)
        #expect(rate.admit(key, now: Self.now + 1000) == nil)
    }

    @Test("a clock that is set back leaves a bucket empty at worst")
    func clockSetBack() {
        var rate = AddressRate(perSecond: 10, burst: 10)
        let key = Self.key("192.0.2.1")
        for _ in 0..<10 { #expect(rate.admit(key, now: Self.now) == nil) }
        #expect(rate.admit(key, now: 0) == 1)
        #expect(rate.admit(key, now: 1000) == nil)
    }

    @Test(
        "IPv4 whole, IPv6 by /64, a mapped address as what it maps",
        arguments: [
            ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false), ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true),
            ("2001:DB8::1", "2001:0db8::2", true), ("2001:db8::1", "2001:db8:0:1::1", false), ("::1", "0.0.0.0", false),
            ("fe80::1%eth0", "fe80::2", true), ("unknown", "unknown", true), ("unknown", "_hidden", false),
            ("", "", true),
            ("192.0.2.1 ", "192.0.2.1", false), ("192.0.2.1\0x", "192.0.2.1\0x", true),
        ]
    )
    func keys(_ first: String, _ second: String, _ isSame: Bool) {
        #expect((Self.key(first) == Self.key(second)) == isSame)
        #expect((Self.key(first).bytes == Self.key(second).bytes) == isSame)
    }

    @Test("memory is bounded: the address not heard of for longest gives way")
    func bounded() {
        var rate = AddressRate(perSecond: 1, burst: 1, capacity: 3)
        let keys = (0..<5).map { Self.key("192.0.2.\($0)") }
        for key in keys.prefix(3) { #expect(rate.admit(key, now: Self.now) == nil) }
        #expect(rate.admit(keys[0], now: Self.now) == 1)
        #expect(rate.admit(keys[3], now: Self.now) == nil)
        #expect(rate.count == 3)
        #expect(rate.admit(keys[0], now: Self.now) == 1)
        #expect(rate.admit(keys[1], now: Self.now) == nil)
        var many = AddressRate()
        for number in 0..<70_000 {
            _ = many.admit(Self.key("10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"), now: Self.now)
        }
        #expect(many.count == 65_536)
    }

    @Test("random logins agree with buckets that are counted plainly, in an order of use that is kept plainly")
    func model() {
        for _ in 0..<20 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SeededGenerator(seed: seed)
            let (perSecond, burst) = (Int.random(in: 1...300, using: &random), Int.random(in: 1...20, using: &random))
            let capacity = Int.random(in: 1...10, using: &random)
            var rate = AddressRate(perSecond: perSecond, burst: burst, capacity: capacity)
            let interval = 1_000_000_000 / Int64(perSecond)
            let full = interval * Int64(burst)
            var now = Self.now
            // The newest last; credit in nanoseconds.
            var buckets: [(number: Int, credit: Int64, at: Int64)] = []
            for step in 0..<4000 {
                now += Int64.random(in: 0...(step % 20 == 0 ? 5000 : 20), using: &random)
                let number = Int.random(in: 0..<14, using: &random)
                var bucket = buckets.first { $0.number == number } ?? (number, full, now)
                buckets.removeAll { $0.number == number }
                if buckets.count == capacity { buckets.removeFirst() }
                bucket.credit = min(full, bucket.credit + (now - bucket.at) * 1_000_000)
                bucket.at = now
                let isAdmitted = bucket.credit >= interval
                let missing = interval - bucket.credit
                if isAdmitted { bucket.credit -= interval }
                buckets.append(bucket)
                let wait = rate.admit(Self.key("192.0.2.\(number)"), now: now)
                let expected = isAdmitted ? nil : Int(max(1, (missing + 999_999_999) / 1_000_000_000))
                guard wait == expected, rate.count == buckets.count else {
                    Issue.record("seed \(seed), step \(step): \(String(describing: wait))")
                    return
                }
            }
        }
    }
}
