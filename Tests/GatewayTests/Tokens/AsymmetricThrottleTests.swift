import Configuration
import Cryptography
import RandomJSON
import Testing

@testable import Gateway

@Suite("The throttle of costly verifications")
struct AsymmetricThrottleTests {
    private static let client = IPAddress(v4: 0x0A00_0001)

    @Test("lets a client fail 20 times at once, and 5 times a second from then on")
    func bucket() {
        var throttle = AsymmetricThrottle(secret: 1)
        for _ in 0..<20 {
            #expect(throttle.allows(Self.client, now: 100))
            throttle.recordFailure(of: Self.client, now: 100)
        }
        #expect(!throttle.allows(Self.client, now: 100))
        #expect(throttle.allows(IPAddress(v4: 0x0A00_0002), now: 100))
        for second in Int64(101)..<104 {
            var failures = 0
            while throttle.allows(Self.client, now: second) {
                throttle.recordFailure(of: Self.client, now: second)
                failures += 1
            }
            #expect(failures == 5)
        }
        #expect(throttle.allows(Self.client, now: 1 << 40))
    }

    @Test("counts what a bucket for each client counts, in any order of events")
    func model() {
        var random = SeededGenerator.printingSeed()
        var throttle = AsymmetricThrottle(burst: 4, perSecond: 2, capacity: 4096, secret: random.next())
        // Few clients for a large table: none is pushed out.
        let clients = (0..<8).map { IPAddress(v4: UInt32($0)) } + (0..<4).map { IPAddress(high: 7 + $0, low: 1) }
        var model: [IPAddress: (left: Int, since: Int64)] = [:]
        var now: Int64 = 1000
        var held = 0
        for step in 0..<20_000 {
            if Int.random(in: 0..<10, using: &random) == 0 { now += Int64.random(in: 0...2, using: &random) }
            if Int.random(in: 0..<500, using: &random) == 0 { now -= 3 }
            let client = clients[Int.random(in: 0..<clients.count, using: &random)]
            let entry = model[client] ?? (4, now)
            let left = min(entry.left + Int(max(now - entry.since, 0)) * 2, 4)
            #expect(throttle.allows(client, now: now) == (left > 0), "step \(step)")
            if left > 0 {
                throttle.recordFailure(of: client, now: now)
                model[client] = (left - 1, now)
            } else {
                held += 1
            }
        }
        #expect(held > 100)
    }

    @Test("takes an IPv6 network of 64 bits for one client")
    func networks() {
        var throttle = AsymmetricThrottle(burst: 2, perSecond: 1, secret: 9)
        throttle.recordFailure(of: IPAddress(high: 5, low: 1), now: 0)
        throttle.recordFailure(of: IPAddress(high: 5, low: 2), now: 0)
        #expect(!throttle.allows(IPAddress(high: 5, low: 3), now: 0))
        #expect(throttle.allows(IPAddress(high: 6, low: 3), now: 0))
    }

    @Test("has a bounded table, in which those who failed most stay")
    func bounds() {
        var throttle = AsymmetricThrottle(burst: 2, perSecond: 1, capacity: 4, secret: 3)
        for _ in 0..<2 { throttle.recordFailure(of: Self.client, now: 0) }
        for number in UInt32(1)..<1000 { throttle.recordFailure(of: IPAddress(v4: number), now: 0) }
        #expect(!throttle.allows(Self.client, now: 0))
    }

    @Test("stands before the verification of a token that is not remembered, for asymmetric keys alone")
    func verifier() throws {
        let key = try TokenKeys.key(.es256)
        let rules = try TokenFixture.rules(keys: [
            TokenKey(id: "k1", secret: TokenFixture.secret), TokenKey(id: "k", privateKey: key),
        ])
        var verifier = try TokenVerifier(rules: rules)
        let header = #"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#
        let remembered = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: key)
        let fresh = try TokenFixture.token(header: header, claims: TokenFixture.claims(["sub": #""bob""#]), key: key)
        let bad = try TokenFixture.token(header: header)
        let symmetric = try TokenFixture.token()
        func verdict(_ token: [UInt8], _ client: IPAddress?, _ offset: Int64 = 0) -> String {
            verifier.verify(token.span, now: TokenFixture.now + offset, client: client).summary
        }
        #expect(verdict(remembered, Self.client).hasPrefix("valid"))
        for _ in 0..<20 { #expect(verdict(bad, Self.client) == "signature_mismatch") }
        var record = SignatureRecord()
        record.fail()
        func verdictAfterFailure(_ token: [UInt8]) -> String {
            verifier.verify(token.span, now: TokenFixture.now, client: Self.client, record: &record).summary
        }
        #expect(verdictAfterFailure(bad) == "verifications_throttled")
        #expect(verdictAfterFailure(fresh) == "verifications_throttled")
        #expect(verdictAfterFailure(remembered).hasPrefix("valid"))
        #expect(verdictAfterFailure(symmetric).hasPrefix("valid"))
        #expect(verdict(fresh, IPAddress(v4: 7)).hasPrefix("valid"))
        #expect(verdict(bad, nil) == "signature_mismatch")
        #expect(verdict(bad, Self.client, 1) == "signature_mismatch")
    }

    /// 28,000 bad tokens a second over connections that last locked out whoever came first from the same address.
    @Test("does not keep out the good tokens that come first over other connections of the address")
    func neighbours() throws {
        let key = try TokenKeys.key(.es256)
        var verifier = try TokenVerifier(rules: TokenFixture.rules(keys: [TokenKey(id: "k", privateKey: key)]))
        let header = #"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#
        let bad = try TokenFixture.token(header: header)
        var attackers = [SignatureRecord](repeating: SignatureRecord(), count: 20)
        var throttled = 0
        for number in 0..<150 {
            for round in 0..<40 {
                let verdict = verifier.verify(
                    bad.span,
                    now: TokenFixture.now,
                    client: Self.client,
                    record: &attackers[round % attackers.count]
                )
                if verdict.fault == .throttled { throttled += 1 }
            }
            let token = try TokenFixture.token(
                header: header,
                claims: TokenFixture.claims(["sub": "\"u\(number)\""]),
                key: key
            )
            var record = SignatureRecord()
            let verdict = verifier.verify(token.span, now: TokenFixture.now, client: Self.client, record: &record)
            #expect(verdict.identity != nil && !record.isSpent, "\(number)")
        }
        #expect(throttled >= 150 * 40 - 20 - attackers.count)
        #expect(attackers.allSatisfy { $0.isSpent })
    }

    @Test("has a share of each second to spare, whatever a signature costs")
    func spare() {
        var spare = SpareVerifications()
        for second in Int64(7)..<9 {
            var count = 0
            while spare.isLeft(now: second) {
                spare.charge(30_000_000)
                count += 1
            }
            #expect(count == 7)
        }
        let isLeft = spare.isLeft(now: 3)
        #expect(isLeft, "the clock was set back")
    }

    @Test("closes a connection with five failures, the refused ones among them")
    func record() throws {
        let key = try TokenKeys.key(.es256)
        var verifier = try TokenVerifier(
            rules: TokenFixture.rules(keys: [TokenKey(id: "k", privateKey: key)]),
            throttle: AsymmetricThrottle(burst: 2, perSecond: 1, secret: 0)
        )
        let header = #"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#
        let bad = try TokenFixture.token(header: header)
        var record = SignatureRecord()
        var faults: [TokenFault?] = []
        for _ in 0..<5 {
            #expect(!record.isSpent)
            let verdict = verifier.verify(bad.span, now: TokenFixture.now, client: Self.client, record: &record)
            faults.append(verdict.fault)
        }
        #expect(record.isSpent)
        #expect(faults == [.signature, .signature, .throttled, .throttled, .throttled])
    }

    @Test("takes nothing from a client whose signatures are good")
    func good() throws {
        let key = try TokenKeys.key(.es256)
        var verifier = try TokenVerifier(
            rules: TokenFixture.rules(keys: [TokenKey(id: "k", privateKey: key)]),
            cacheCapacity: 4,
            throttle: AsymmetricThrottle(burst: 1, perSecond: 1, secret: 0)
        )
        for number in 0..<50 {
            let token = try TokenFixture.token(
                header: #"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#,
                claims: TokenFixture.claims(["sub": "\"u\(number)\""]),
                key: key
            )
            let verdict = verifier.verify(token.span, now: TokenFixture.now, client: Self.client)
            #expect(verdict.identity != nil)
        }
    }
}
