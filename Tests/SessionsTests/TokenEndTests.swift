import Sessions
import Testing

@Suite("Stores: no successor outlives its session", .timeLimit(.minutes(5)))
struct TokenEndTests {
    private func renewal(_ token: String, expiry: Int64, at time: Int64 = now) -> TokenRenewal {
        TokenRenewal(query: .of("s", "o", at: time), token: token, tokenExpiry: expiry, mustOutlive: time)
    }

    @Test("a session that ends before the token does gives none, and records none", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        _ = await store.record(.of("o", session: "s", expiry: now + 1000))
        #expect(await store.renew(renewal("long", expiry: now + 1001)) == .success(nil))
        let fit = RenewedToken(token: "fit", expiresAt: now + 1000)
        #expect(await store.renew(renewal("fit", expiry: now + 1000)) == .success(fit))
        #expect(await store.renew(renewal("other", expiry: now + 900, at: now + 5)) == .success(fit))
    }

    @Test("who is found by a session is told with its end", arguments: StoreKind.allCases)
    func told(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        #expect(try await store.record(.of("o", session: "s", expiry: now + 1000)).get().sessionExpiry == now + 1000)
        #expect(try await store.record(.of("o", session: "t", expiry: now + 2000)).get().sessionExpiry == now + 2000)
        #expect(try await store.user("s", "o").get()?.sessionExpiry == now + 1000)
        let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now + 10)
        #expect(try await store.update(update, of: .of("t", "o")).get()?.value.sessionExpiry == now + 2000)
    }
}
