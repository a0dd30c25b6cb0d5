import GRDB
import Sessions
import Testing

@Suite("An update that changes nothing adds nothing", .timeLimit(.minutes(5)))
struct UnchangedUserTests {
    private static let query = SessionQuery.of("s", "o")
    private static let profile = UserProfile(nickname: "n", avatarURL: "https://a.example/b", gender: 1, city: "c")

    /// Each leaves what is known as it is.
    static let updates: [(name: String, update: UserUpdate)] = [
        ("the number that is bound", UserUpdate(phone: .set("13800138000"), tokensEnd: now + 9000)),
        ("the profile that is known", UserUpdate(profile: profile, tokensEnd: now + 9000)),
        ("a part of it", UserUpdate(profile: UserProfile(city: "c"), tokensEnd: now + 9000)),
        ("the unionid that is known", UserUpdate(unionid: "u", tokensEnd: now + 9000)),
        ("another unionid than the login's", UserUpdate(unionid: "w", tokensEnd: now + 9000)),
        ("nothing", UserUpdate(tokensEnd: now + 9000)),
    ]

    private func fill(_ store: any SessionStore) async throws {
        _ = try await store.record(.of("o", session: "s", unionid: "u")).get()
        let update = UserUpdate(profile: Self.profile, phone: .set("13800138000"), tokensEnd: now + 7200)
        #expect(try await store.update(update, of: Self.query).get()?.changes.count == 1)
    }

    @Test("to what is told of tokens", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        try await fill(store)
        let known = try #require(try await store.user("s", "o").get())
        for (name, update) in Self.updates {
            let updated = try #require(try await store.update(update, of: Self.query).get(), "\(name)")
            #expect(updated.changes.isEmpty && updated.value == known, "\(name)")
        }
        #expect(try await store.update(.init(phone: .forget, tokensEnd: now), of: Self.query).get()?.changes.count == 1)
        let again = try await store.update(UserUpdate(phone: .forget, tokensEnd: now + 9000), of: Self.query).get()
        #expect(again?.changes.isEmpty == true, "a number that is unbound already")
        #expect(try await store.user("s", "o").get()?.unionid == "u")
    }

    @Test("but a number that no key opens is erased when the user takes it back", arguments: StoreKind.allCases)
    func sealed(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        try await fill(try await fixture.open())
        // The number was sealed with the first key, which this store does not have.
        let other = try await fixture.open(keys: [Array("another-key-of-the-tests-only-01".utf8)])
        #expect(try await other.user("s", "o").get()?.phone == nil)
        _ = try await other.update(UserUpdate(phone: .forget, tokensEnd: now + 9000), of: Self.query).get()
        #expect(try await fixture.open().user("s", "o").get()?.phone == nil)
    }

    @Test("to Redis' stream of changes")
    func stream() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        try await fill(store)
        let length = try server.ask("XLEN", "menshen:changes")
        #expect(length == ":1")
        for (name, update) in Self.updates {
            _ = try await store.update(update, of: Self.query).get()
            #expect(try server.ask("XLEN", "menshen:changes") == length, "\(name)")
        }
        store.stop()
    }

    @Test("to SQLite's file: neither the user's row nor a change is written")
    func file() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        try await fill(store)
        let before = try folder.rows()
        for (name, update) in Self.updates {
            let later = SessionQuery.of("s", "o", at: now + 60)
            _ = try await store.update(update, of: later).get()
            #expect(try folder.rows() == before, "\(name)")
        }
        let other = UserUpdate(profile: UserProfile(city: "cafe\u{301}"), tokensEnd: now + 9000)
        _ = try await store.update(other, of: Self.query).get()
        let composed = UserUpdate(profile: UserProfile(city: "caf\u{E9}"), tokensEnd: now + 9000)
        _ = try await store.update(composed, of: Self.query).get()
        let city = try #require(try await store.user("s", "o").get()?.profile.city)
        #expect(Array(city.utf8) == Array("caf\u{E9}".utf8), "another spelling is a change")
        store.stop()
    }
}

extension TemporaryFolder {
    /// All that the file holds of users and of changes, sealed values too.
    fileprivate func rows() throws -> [Row] {
        try inspect { db in
            try Row.fetchAll(db, sql: "SELECT * FROM users") + Row.fetchAll(db, sql: "SELECT * FROM changed_facts")
        }
    }
}
