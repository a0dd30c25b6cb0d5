import Sessions
import Testing

@Suite("Stores: users", .timeLimit(.minutes(5)))
struct ConformanceUserTests {
    private let profile = UserProfile(
        nickname: "阿门",
        avatarURL: "https://example.com/a.png",
        gender: 2,
        city: "广州",
        province: "广东",
        country: "中国"
    )

    @Test("a user's life: login, profile, phone, unbinding, erasure", arguments: StoreKind.allCases)
    func life(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let query = SessionQuery.of("s", "o")
        let key = UserKey(appID: "wx1", openid: "o")
        var user = StoredUser(userID: "u_o", unionid: nil, sessionExpiry: now + month)
        #expect(await store.record(.of("o", session: "s", key: "k1")) == .success(user))
        #expect(await store.sessionKey(query) == .success("k1"))

        user.profile = UserProfile(nickname: "阿门", city: "深圳")
        let first = try await store.update(UserUpdate(profile: user.profile, tokensEnd: now + 7200), of: query).get()
        #expect(first?.value == user)
        #expect(first?.changes == [SessionChange(.userKnown(key, .profile), until: now + 7200)])

        user.profile = profile
        user.unionid = "union"
        let second = try await store.update(
            UserUpdate(profile: profile, unionid: "union", tokensEnd: now + 7200),
            of: query
        ).get()
        #expect(second?.value == user)
        #expect(second?.changes == [], "the facts are the same")

        user.phone = "+8613800000000"
        let third = try await store.update(
            UserUpdate(phone: .set("+8613800000000"), tokensEnd: now + 7201),
            of: query
        ).get()
        #expect(third?.value == user)
        #expect(third?.changes == [SessionChange(.userKnown(key, [.profile, .phone]), until: now + 7201)])
        #expect(await store.user("s", "o") == .success(user))
        #expect(await store.record(.of("o", session: "t", key: nil)) == .success(user))
        #expect(await store.sessionKey(.of("t", "o")) == .success("k1"), "a login elsewhere keeps it")
        #expect(await store.record(.of("o", session: "v", key: "k2")) == .success(user))
        #expect(await store.sessionKey(query) == .success("k2"), "the newest login's")

        user.phone = nil
        let fourth = try await store.update(UserUpdate(phone: .forget, tokensEnd: now + 7202), of: query).get()
        #expect(fourth?.value == user)
        #expect(fourth?.changes == [SessionChange(.userKnown(key, .profile), until: now + 7202)])

        let erased = try await store.end(.erase(userID: "u_o")).get()
        #expect(erased.value == 3)
        #expect(
            Set(erased.changes.map { "\($0.kind)" })
                == Set(
                    ["s", "t", "v"].map {
                        "\(SessionChange.Kind.sessionEnded(sessionID: $0, byUser: true))"
                    } + ["\(SessionChange.Kind.userKnown(key, []))"]
                )
        )
        #expect(erased.changes.allSatisfy { $0.until == now + 7200 })
        #expect(await store.user("s", "o") == .success(nil))
        #expect(
            await store.record(.of("o", session: "w"))
                == .success(StoredUser(userID: "u_o", unionid: nil, sessionExpiry: now + month))
        )
    }

    @Test("a session is found by its own user only, until it expires", arguments: StoreKind.allCases)
    func find(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let user = StoredUser(userID: "u_o", unionid: nil, sessionExpiry: now + month)
        _ = await store.record(.of("o", session: "s"))
        #expect(await store.user("s", "o", at: now + month - 1) == .success(user))
        #expect(await store.record(.of("p", session: "s")).error != nil, "the session is another's")
        #expect(await store.user("s", "p") == .success(nil))
        #expect(await store.user("s", "o") == .success(user))
        let update = UserUpdate(profile: profile, tokensEnd: now)
        for query in [
            SessionQuery.of("s", "other"), .of("s", "o", app: "wx2"), .of("t", "o"), .of("", ""),
            .of("s", "o", at: now + month),
        ] {
            #expect(
                await store.user(query.sessionID, query.user.openid, app: query.user.appID, at: query.time)
                    == .success(nil)
            )
            #expect(await store.sessionKey(query) == .success(nil))
            #expect(try await store.update(update, of: query).get() == nil)
            let renewal = TokenRenewal(query: query, token: "t", tokenExpiry: now + 1, mustOutlive: now)
            #expect(await store.renew(renewal) == .success(nil))
        }
    }

    @Test("a unionid that comes later stays", arguments: StoreKind.allCases)
    func unionid(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let known = RecordResult.success(StoredUser(userID: "u_o", unionid: "u", sessionExpiry: now + month))
        #expect(
            await store.record(.of("o", session: "s1"))
                == .success(StoredUser(userID: "u_o", unionid: nil, sessionExpiry: now + month))
        )
        #expect(await store.record(.of("o", session: "s2", unionid: "u")) == known)
        #expect(await store.record(.of("o", session: "s3")) == known)
    }

    @Test("one person's accounts in several apps, linked by unionid where asked for", arguments: StoreKind.allCases)
    func linking(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        func id(_ login: UserLogin) async throws -> String { try await store.record(login).get().userID }
        #expect(try await id(.of("a", session: "1", userID: "ua", unionid: "U")) == "ua")
        #expect(try await id(.of("b", session: "2", app: "wx2", userID: "ub", unionid: "U", time: now + 1)) == "ub")
        let third = UserLogin.of("c", session: "3", app: "wx3", userID: "uc", links: true, unionid: "U")
        #expect(try await id(third) == "ua", "that of the first")
        let again = UserLogin.of("b", session: "4", app: "wx2", userID: "ub", links: true, unionid: "U")
        #expect(try await id(again) == "ub", "who has an id keeps it")
        #expect(try await id(.of("d", session: "5", userID: "ud", links: true, unionid: "V")) == "ud")
        #expect(try await id(.of("e", session: "6", userID: "ue", links: true)) == "ue")
        let update = UserUpdate(unionid: "W", tokensEnd: now)
        #expect(try await store.update(update, of: .of("6", "e")).get()?.value.unionid == "W")
        #expect(try await id(.of("f", session: "7", userID: "uf", links: true, unionid: "W")) == "ue")

        // All that the id stands for ends together.
        let ended = try await store.end(.user(userID: "ua")).get()
        #expect(ended.value == 2)
        #expect(await store.user("3", "c", app: "wx3") == .success(nil))
        #expect(try await store.user("2", "b", app: "wx2").get() != nil)
        #expect(try await id(.of("c", session: "8", app: "wx3")) == "ua", "the user stays")
    }

    @Test("the word of whoever keeps the users replaces the id", arguments: StoreKind.allCases)
    func authoritative(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        _ = await store.record(.of("o", session: "1", userID: "derived"))
        let login = UserLogin.of("o", session: "2", userID: "theirs", links: true, authoritative: true, unionid: "U")
        #expect(try await store.record(login).get().userID == "theirs")
        #expect(try await store.user("1", "o").get()?.userID == "theirs")
        #expect(try await store.record(.of("o", session: "3", userID: "derived")).get().userID == "theirs")
        #expect(try await store.end(.user(userID: "derived")).get().value == 0)
        #expect(try await store.end(.user(userID: "theirs")).get().value == 3)
    }

    @Test("users taken over have the ids given, what is known of them stays", arguments: StoreKind.allCases)
    func imported(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        _ = await store.record(.of("o", session: "s", key: "k"))
        let update = UserUpdate(profile: profile, phone: .set("+861"), tokensEnd: now)
        _ = await store.update(update, of: .of("s", "o"))
        let users = [
            ImportedUser(user: UserKey(appID: "wx1", openid: "o"), userID: "old-1", unionid: "U"),
            ImportedUser(user: UserKey(appID: "wx1", openid: "new"), userID: "old-2", unionid: nil),
            ImportedUser(user: UserKey(appID: "wx2", openid: "o"), userID: "old-1", unionid: "U"),
        ]
        try await store.importUsers(users).get()
        try await store.importUsers([]).get()
        let known = StoredUser(
            userID: "old-1",
            unionid: "U",
            profile: profile,
            phone: "+861",
            sessionExpiry: now + month
        )
        #expect(await store.user("s", "o") == .success(known))
        #expect(await store.sessionKey(.of("s", "o")) == .success("k"))
        #expect(
            try await store.record(.of("new", session: "t")).get()
                == StoredUser(userID: "old-2", unionid: nil, sessionExpiry: now + month)
        )
        #expect(try await store.record(.of("x", session: "v", links: true, unionid: "U")).get().userID == "old-1")
        #expect(await store.sessionKey(.of("t", "new")) == .success("session-key"))
    }

    @Test("a user without a session_key has none", arguments: StoreKind.allCases)
    func elsewhere(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        _ = await store.record(.of("user:7", session: "s", key: nil))
        #expect(await store.sessionKey(.of("s", "user:7")) == .success(nil))
        _ = await store.record(.of("o", session: "t", key: ""))
        #expect(await store.sessionKey(.of("t", "o")) == .success(""))
    }

    @Test("hostile texts are kept as they are, in every place", arguments: StoreKind.allCases)
    func hostile(_ kind: StoreKind) async throws {
        let fixture = try await StoreFixture(kind)
        let store = try await fixture.open()
        let texts = [
            "", "\0", "a\0b", "a", "\u{1}", "\u{1}0", "'; DROP TABLE users; --", "\"", "\r\n*1\r\n$8\r\nFLUSHALL\r\n",
            "🚪\u{10FFFF}", "{x}", "%s%n", "..", "null", "-1", "1:a", ":",
            // With the rest of its id as long as an id may be.
            String(repeating: "x", count: 250),
        ]
        for (number, text) in texts.enumerated() {
            let login = UserLogin.of(
                text,
                session: "s" + text,
                app: "wx" + text,
                userID: "id\(number)" + text,
                unionid: text,
                key: text
            )
            #expect(
                try await store.record(login).get()
                    == StoredUser(userID: login.userID, unionid: text, sessionExpiry: now + month)
            )
        }
        for (number, text) in texts.enumerated() {
            let query = SessionQuery.of("s" + text, text, app: "wx" + text)
            let profile = UserProfile(
                nickname: text,
                avatarURL: text,
                gender: Int(Int32.min) + number,
                city: text,
                province: text,
                country: text
            )
            let update = UserUpdate(profile: profile, phone: .set(text), tokensEnd: now + 7200)
            let known = StoredUser(
                userID: "id\(number)" + text,
                unionid: text,
                profile: profile,
                phone: text,
                sessionExpiry: now + month
            )
            let updated = try await store.update(update, of: query).get()
            #expect(updated?.value == known)
            #expect(updated?.changes == [SessionChange(.userKnown(query.user, [.profile, .phone]), until: now + 7200)])
            #expect(await store.sessionKey(query) == .success(text))
            let renewal = TokenRenewal(query: query, token: text, tokenExpiry: now + 60, mustOutlive: now)
            #expect(await store.renew(renewal) == .success(RenewedToken(token: text, expiresAt: now + 60)))
            #expect(try await store.setBlocked(true, known.userID).get().changes.count == 1)
        }
        let followed = Followed(try await fixture.open())
        await followed.begun()
        for (number, text) in texts.enumerated() {
            let user = UserKey(appID: "wx" + text, openid: text)
            #expect(followed.changes.contains(SessionChange(.userBlocked(userID: "id\(number)" + text), until: nil)))
            #expect(
                followed.changes.contains(
                    SessionChange(.userKnown(user, [.profile, .phone]), until: now + 7200)
                )
            )
        }
    }
}
