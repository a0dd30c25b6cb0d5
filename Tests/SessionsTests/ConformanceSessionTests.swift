import Sessions
import Testing

@Suite("Stores: sessions", .timeLimit(.minutes(5)))
struct ConformanceSessionTests {
    private func ended(_ session: String, byUser: Bool = false, until: Int64 = now + 7200) -> SessionChange {
        SessionChange(.sessionEnded(sessionID: session, byUser: byUser), until: until)
    }

    @Test("one session ends, the others stay; ending it again is no error", arguments: StoreKind.allCases)
    func one(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let followed = Followed(store)
        for session in ["s", "t"] { _ = await store.record(.of("o", session: session)) }
        let first = try await store.end(.session("s", byUser: true)).get()
        #expect(first.value == 1)
        #expect(first.changes == [ended("s", byUser: true)])
        await followed.wait(for: first.changes)
        let again = try await store.end(.session("s", byUser: true)).get()
        #expect(again.value == 0)
        #expect(again.changes == [ended("s", byUser: true)], "its tokens may be alive all the same")
        #expect(await store.user("s", "o") == .success(nil))
        #expect(try await store.user("t", "o").get() != nil)
    }

    @Test("all sessions of a user end in all apps, the expired ones untold", arguments: StoreKind.allCases)
    func all(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        _ = await store.record(.of("o", session: "1", userID: "u"))
        _ = await store.record(.of("o", session: "2", userID: "u", expiry: now + 50))
        _ = await store.record(.of("p", session: "3", app: "wx2", userID: "u"))
        _ = await store.record(.of("q", session: "4", userID: "v"))
        let result = try await store.end(.user(userID: "u"), time: now + 50).get()
        #expect(result.value == 2)
        #expect(result.changes.sorted { "\($0)" < "\($1)" } == [ended("1"), ended("3")])
        for (session, openid, app) in [("1", "o", "wx1"), ("2", "o", "wx1"), ("3", "p", "wx2")] {
            #expect(await store.user(session, openid, app: app) == .success(nil))
        }
        #expect(try await store.user("4", "q").get() != nil)
        #expect(try await store.end(.user(userID: "u")).get().value == 0)
        #expect(try await store.end(.user(userID: "nobody")).get().changes == [])
        #expect(try await store.record(.of("o", session: "5", userID: "w")).get().userID == "u", "the user stays")
    }

    @Test("a user with very many sessions", arguments: StoreKind.allCases)
    func many(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        for wave in 0..<15 {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask { #expect(await store.record(.of("o", session: "\(wave)-\(number)")).error == nil) }
                }
            }
        }
        let result = try await store.end(.user(userID: "u_o")).get()
        #expect(result.value == 3000)
        #expect(Set(result.changes.map { "\($0.kind)" }).count == 3000)
    }

    @Test("a blocked user is told so, nothing is recorded, sessions live on", arguments: StoreKind.allCases)
    func blocked(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let followed = Followed(store)
        _ = await store.record(.of("o", session: "s", key: "k1"))
        let block = try await store.setBlocked(true, "u_o").get()
        #expect(block.changes == [SessionChange(.userBlocked(userID: "u_o"), until: nil)])
        await followed.wait(for: block.changes)
        var known = StoredUser(userID: "u_o", unionid: nil, isBlocked: true)
        #expect(await store.record(.of("o", session: "t", key: "k2")) == .success(known))
        #expect(await store.user("t", "o") == .success(nil))
        known.sessionExpiry = now + month
        #expect(await store.user("s", "o") == .success(known))
        #expect(await store.sessionKey(.of("s", "o")) == .success("k1"))
        let stranger = StoredUser(userID: "u_o", unionid: "U", isBlocked: true)
        #expect(await store.record(.of("x", session: "v", userID: "u_o", unionid: "U")) == .success(stranger))
        #expect(await store.record(.of("y", session: "v", links: true, unionid: "U")).error == nil)
        _ = await store.setBlocked(true, "u_o")

        #expect(try await store.end(.erase(userID: "u_o")).get().value == 1)
        #expect(try await store.record(.of("o", session: "t")).get().isBlocked, "erasing takes no block away")
        let release = try await store.setBlocked(false, "u_o").get()
        #expect(release.changes == [SessionChange(.userUnblocked(userID: "u_o"), until: nil)])
        await followed.wait(for: release.changes)
        #expect(try await store.record(.of("o", session: "t")).get().isBlocked == false)
        #expect(try await store.setBlocked(false, "nobody").get().changes.count == 1)
    }

    @Test("one successor for all who ask within a window", arguments: StoreKind.allCases)
    func renewal(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let stores = [try await fixture.open(), kind == .sqlite ? nil : try await fixture.open()].compactMap(\.self)
        _ = await stores[0].record(.of("o", session: "s"))
        let tokens = await withTaskGroup(of: RenewedToken?.self) { group in
            for number in 0..<50 {
                let store = stores[number % stores.count]
                group.addTask {
                    let renewal = TokenRenewal(
                        query: .of("s", "o"),
                        token: "token-\(number)",
                        tokenExpiry: now + 7200 + Int64(number),
                        mustOutlive: now + 1200
                    )
                    return try? await store.renew(renewal).get()
                }
            }
            return await group.reduce(into: [RenewedToken?]()) { $0.append($1) }
        }
        let token = try #require(tokens[0])
        #expect(tokens.count == 50 && tokens.allSatisfy { $0 == token })
        let later = TokenRenewal(
            query: .of("s", "o", at: now + 6000),
            token: "next",
            tokenExpiry: now + 13_200,
            mustOutlive: token.expiresAt
        )
        let next = RenewedToken(token: "next", expiresAt: now + 13_200)
        #expect(await stores[0].renew(later) == .success(next), "it does not outlive the window's end")
        let earlier = TokenRenewal(query: .of("s", "o"), token: "x", tokenExpiry: now + 7200, mustOutlive: now + 1200)
        #expect(await stores[0].renew(earlier) == .success(next))
        _ = await stores[0].end(.session("s", byUser: true))
        #expect(await stores[0].renew(earlier) == .success(nil))
    }

    @Test("who follows later hears of all that still holds, first of all", arguments: StoreKind.allCases)
    func follow(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        var store = try await fixture.open()
        let user = UserKey(appID: "wx1", openid: "o")
        _ = await store.record(.of("o", session: "s"))
        let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now + 100)
        _ = await store.update(update, of: .of("s", "o"))
        let phone = UserUpdate(phone: .set("+861"), tokensEnd: now + 200)
        _ = await store.update(phone, of: .of("s", "o"))
        _ = await store.end(.session("s", byUser: true))
        _ = await store.end(.session("gone", byUser: false), tokensEnd: now)
        for userID in ["b", "c"] { _ = await store.setBlocked(true, userID) }
        _ = await store.setBlocked(false, "c")
        store = try await fixture.open()
        let followed = Followed(store)
        await followed.begun()
        let holding = [
            SessionChange(.userKnown(user, [.profile, .phone]), until: now + 200), ended("s", byUser: true),
            SessionChange(.userBlocked(userID: "b"), until: nil),
        ]
        for change in holding { #expect(followed.changes.contains(change)) }
        #expect(!followed.changes.contains(ended("gone", until: now)))
        #expect(!followed.changes.contains(SessionChange(.userBlocked(userID: "c"), until: nil)))
        let facts = followed.changes.last { if case .userKnown = $0.kind { true } else { false } }
        #expect(facts == holding[0], "the last word is the newest")
    }
}
