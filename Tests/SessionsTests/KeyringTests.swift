import Cryptography
import Testing

@testable import Sessions

@Suite("Sealing at rest", .timeLimit(.minutes(5)))
struct KeyringTests {
    private let former = Array("a former key for tests, of 32 bytes too".utf8)

    private static let purposes: [SessionKeyring.Purpose] = [
        .sessionKey(UserKey(appID: "wx1", openid: "o")), .sessionKey(UserKey(appID: "wx1o", openid: "")),
        .sessionKey(UserKey(appID: "wx", openid: "1o")), .sessionKey(UserKey(appID: "wx1", openid: "p")),
        .phone(UserKey(appID: "wx1", openid: "o")), .successor("3:wx1o"), .shared("3:wx1o"), .successor("s"),
        .shared("s"),
    ]

    @Test("a value is opened as what it was sealed as, and as nothing else")
    func purposes() throws {
        let keyring = try SessionKeyring([storeKey])
        for (number, purpose) in Self.purposes.enumerated() {
            let sealed = try keyring.seal("value", as: purpose)
            #expect(sealed.keyID == keyring.keyID)
            for (other, purpose) in Self.purposes.enumerated() {
                if other == number {
                    #expect(try keyring.openText(sealed, as: purpose) == "value")
                } else {
                    #expect(throws: CryptographyError.authenticationFailed) { try keyring.open(sealed, as: purpose) }
                }
            }
        }
    }

    @Test("the first key seals, all open; a key that is gone does not")
    func rotation() throws {
        let old = try SessionKeyring([former])
        let both = try SessionKeyring([storeKey, former])
        let new = try SessionKeyring([storeKey])
        let sealed = try old.seal("value", as: .shared("k"))
        #expect(try both.openText(sealed, as: .shared("k")) == "value")
        #expect(throws: CryptographyError.authenticationFailed) { try new.open(sealed, as: .shared("k")) }
        let renewed = try both.seal("value", as: .shared("k"))
        #expect(renewed.keyID == new.keyID && renewed.keyID != old.keyID)
        #expect(try new.openText(renewed, as: .shared("k")) == "value")
        #expect(throws: CryptographyError.authenticationFailed) {
            try new.open(SealedValue(keyID: new.keyID, bytes: sealed.bytes), as: .shared("k"))
        }
    }

    @Test("a MAC vouches for one statement, by the first key or a former one")
    func macs() throws {
        let old = try SessionKeyring([former])
        let both = try SessionKeyring([storeKey, former])
        func change(_ kind: StreamRecord.Kind, _ subject: String, _ value: UInt8, _ order: UInt64, _ until: Int64 = 9)
            -> StoredStatement
        {
            let order = StreamID(milliseconds: order, number: 0)
            let record = StreamRecord(kind: kind, value: value, until: until, order: order)
            return .change(record, subject: Array(subject.utf8))
        }
        let statements: [StoredStatement] = [
            .userID(UserKey(appID: "wx1", openid: "o"), "u"), .userID(UserKey(appID: "wx1", openid: "ou"), ""),
            .userID(UserKey(appID: "wx1", openid: "o"), "v"), .unionid(UserKey(appID: "wx1", openid: "o"), "u"),
            change(.ended, "u", 0, 1), change(.blocked, "u", 0, 1), change(.blocked, "u", 0, 2),
            change(.blocked, "u1", 0, 1), change(.unblocked, "u", 0, 1), change(.known, "1:uo", 1, 1),
            change(.known, "1:uo", 2, 1), change(.known, "1:uo", 1, 2),
        ]
        for (number, statement) in statements.enumerated() {
            let mac = try old.mac(statement)
            for (other, statement) in statements.enumerated() {
                #expect(both.verdict(mac, statement) == (other == number ? .former : .invalid))
            }
            #expect(try both.verdict(both.mac(statement), statement) == .current)
            #expect(try old.verdict(both.mac(statement), statement) == .invalid)
            #expect(both.verdict([], statement) == .invalid)
            #expect(try SessionKeyring([storeKey], acceptsUnsigned: true).verdict([], statement) == .former)
            for end in [Array(mac.dropLast()), mac + [65], [46], Array(mac.reversed())] {
                #expect(both.verdict(Array(end), statement) == .invalid)
            }
        }
        // The end of an entry may change, and who ended a session.
        let mac = try both.mac(change(.ended, "u", 0, 1))
        #expect(both.verdict(mac, change(.ended, "u", 1, 7, 99)) == .current)
    }

    @Test("short keys and no keys are refused")
    func shortKeys() {
        let short = [UInt8](repeating: 1, count: 31)
        for secrets in [[], [short], [storeKey, short]] {
            #expect(throws: CryptographyError.invalidLength) { try SessionKeyring(secrets) }
        }
    }

    @Test("what a former key sealed is opened, and sealed anew when written", arguments: StoreKind.allCases)
    func rows(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        var store = try await fixture.open(keys: [former])
        _ = await store.record(.of("o", session: "s", key: "k"))
        _ = await store.update(UserUpdate(phone: .set("+861"), tokensEnd: now), of: .of("s", "o"))
        let first = TokenRenewal(query: .of("s", "o"), token: "first", tokenExpiry: now + 900, mustOutlive: now)
        _ = await store.renew(first)

        store = try await fixture.open(keys: [storeKey])
        #expect(await store.sessionKey(.of("s", "o")) == .failure(.sealing))
        #expect(try await store.user("s", "o").get()?.phone == nil, "a number that cannot be read is not known")
        #expect(try await store.record(.of("o", session: "t", key: nil)).get().phone == nil)

        store = try await fixture.open(keys: [storeKey, former])
        let second = TokenRenewal(query: .of("s", "o"), token: "second", tokenExpiry: now + 900, mustOutlive: now)
        #expect(try await store.renew(second).get()?.token == "first")
        #expect(await store.sessionKey(.of("s", "o")) == .success("k"))
        let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now)
        #expect(try await store.update(update, of: .of("s", "o")).get()?.value.phone == "+861")

        store = try await fixture.open(keys: [storeKey])
        #expect(await store.sessionKey(.of("s", "o")) == .success("k"))
        #expect(try await store.user("s", "o").get()?.phone == "+861")
        #expect(try await store.renew(second).get()?.token == "second", "one that cannot be read is none")
    }
}
