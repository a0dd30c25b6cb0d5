import RandomJSON
import Sessions
import Testing

/// What a store has to do, as simply as it can be said. Texts are few and plain, time is the caller's.
private struct ModelStore {
    private struct Row {
        var user: StoredUser
        var sessionKey: String?
        let created: Int
    }

    private struct Session {
        let user: UserKey
        let expiry: Int64
        var successor: RenewedToken?
    }

    private var users: [UserKey: Row] = [:]
    private var sessions: [String: Session] = [:]
    private var blocked: Set<String> = []
    private var made = 0

    private func holds(_ query: SessionQuery) -> Bool {
        guard let session = sessions[query.sessionID] else { return false }
        return session.user == query.user && session.expiry > query.time
    }

    func user(_ query: SessionQuery) -> StoredUser? {
        guard holds(query), var user = users[query.user]?.user else { return nil }
        user.isBlocked = blocked.contains(user.userID)
        user.sessionExpiry = sessions[query.sessionID]?.expiry
        return user
    }

    func sessionKey(_ query: SessionQuery) -> String? {
        holds(query) ? users[query.user]?.sessionKey : nil
    }

    mutating func record(_ login: UserLogin, sessionKey: String?) -> StoredUser {
        let known = users[login.user]
        var userID = login.userID
        if !login.isAuthoritative {
            let linked =
                login.linksByUnionid && login.unionid != nil
                ? users.values.filter { $0.user.unionid == login.unionid }.min { $0.created < $1.created } : nil
            userID = known?.user.userID ?? linked?.user.userID ?? userID
        }
        var row = known ?? Row(user: StoredUser(userID: userID, unionid: nil), created: made)
        row.user.userID = userID
        row.user.unionid = login.unionid ?? row.user.unionid
        row.user.isBlocked = blocked.contains(userID)
        row.user.sessionExpiry = nil
        if row.user.isBlocked { return row.user }
        made += 1
        row.sessionKey = sessionKey ?? row.sessionKey
        users[login.user] = row
        sessions[login.sessionID] = Session(user: login.user, expiry: login.sessionExpiry)
        row.user.sessionExpiry = login.sessionExpiry
        return row.user
    }

    mutating func update(_ update: UserUpdate, of query: SessionQuery) -> Updated<StoredUser>? {
        guard var user = user(query) else { return nil }
        let before = user.facts
        user.profile = user.profile.merged(with: update.profile)
        user.unionid = user.unionid ?? update.unionid
        switch update.phone {
        case .keep: break
        case .forget: user.phone = nil
        case .set(let phone): user.phone = phone
        }
        users[query.user]?.user = user
        let change = SessionChange(.userKnown(query.user, user.facts), until: update.tokensEnd)
        return Updated(user, changes: user.facts == before ? [] : [change])
    }

    mutating func end(_ scope: SessionEnding.Scope, time: Int64, tokensEnd: Int64) -> Updated<Int> {
        switch scope {
        case .session(let session, let byUser):
            let there = sessions.removeValue(forKey: session)
            let count = there.map { $0.expiry > time } ?? false ? 1 : 0
            return Updated(count, changes: [ended(session, byUser, tokensEnd)])
        case .user(let userID):
            let changes = endAll(userID, false, time, tokensEnd)
            return Updated(changes.count, changes: changes)
        case .erase(let userID):
            let changes = endAll(userID, true, time, tokensEnd)
            let forgotten = users.filter { $0.value.user.userID == userID }
            for key in forgotten.keys { users[key] = nil }
            let unknown = forgotten.filter { !$0.value.user.facts.isEmpty }.map {
                SessionChange(.userKnown($0.key, []), until: tokensEnd)
            }
            return Updated(changes.count, changes: changes + unknown)
        }
    }

    private func ended(_ session: String, _ byUser: Bool, _ tokensEnd: Int64) -> SessionChange {
        SessionChange(.sessionEnded(sessionID: session, byUser: byUser), until: tokensEnd)
    }

    private mutating func endAll(_ userID: String, _ byUser: Bool, _ time: Int64, _ end: Int64) -> [SessionChange] {
        let theirs = sessions.filter { users[$0.value.user]?.user.userID == userID }
        for session in theirs.keys { sessions[session] = nil }
        return theirs.filter { $0.value.expiry > time }.map { ended($0.key, byUser, end) }
    }

    mutating func setBlocked(_ isBlocked: Bool, _ userID: String) {
        if isBlocked { blocked.insert(userID) } else { blocked.remove(userID) }
    }

    mutating func renew(_ renewal: TokenRenewal) -> RenewedToken? {
        let session = renewal.query.sessionID
        guard holds(renewal.query), let end = sessions[session]?.expiry, end >= renewal.tokenExpiry else { return nil }
        if let there = sessions[session]?.successor, there.expiresAt > renewal.mustOutlive { return there }
        let token = RenewedToken(token: renewal.token, expiresAt: renewal.tokenExpiry)
        sessions[session]?.successor = token
        return token
    }
}

@Suite("Stores: anything in any order", .timeLimit(.minutes(2)))
struct ConformanceModelTests {
    /// Changes come in any order.
    private func expectSame<Value: Equatable>(_ answer: Updated<Value>?, _ expected: Updated<Value>?) {
        #expect(answer?.value == expected?.value)
        #expect(answer?.changes.map { "\($0)" }.sorted() == expected?.changes.map { "\($0)" }.sorted())
    }

    @Test("every answer is the model's, whichever gateway is asked", arguments: StoreKind.allCases, 0..<3)
    func random(_ kind: StoreKind, _ round: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("stores against the model: \(kind.rawValue), seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let fixture = try await StoreFixture(kind)
        var stores = [try await fixture.open()]
        if kind == .redis { stores.append(try await fixture.open()) }
        var model = ModelStore()
        var made = 0
        for step in 0..<500 {
            if kind == .sqlite, step % 100 == 99 { stores = [try await fixture.open()] }
            let store = stores[Int.random(in: 0..<stores.count, using: &random)]
            let time = now + Int64(step)
            let key = UserKey(appID: "wx\(Int.random(in: 1...2, using: &random))", openid: "o\(random.next() % 4)")
            let session = "s\(Int.random(in: 0...made, using: &random))"
            let query = SessionQuery(sessionID: session, user: key, time: time)
            let userID = "u\(random.next() % 5)"
            let unionid = Bool.random(using: &random) ? "U\(random.next() % 3)" : nil
            let tokensEnd = now + 10_000 + Int64(step)
            switch random.next() % 10 {
            case 0...3:
                made += 1
                let sessionKey = Bool.random(using: &random) ? "key\(step)" : nil
                let login = UserLogin.of(
                    key.openid,
                    session: "s\(made)",
                    app: key.appID,
                    userID: userID,
                    links: Bool.random(using: &random),
                    authoritative: random.next() % 8 == 0,
                    unionid: unionid,
                    key: sessionKey,
                    time: time,
                    expiry: now + 200 + Int64(random.next() % 500)
                )
                #expect(try await store.record(login).get() == model.record(login, sessionKey: sessionKey))
            case 4:
                let phones: [UserUpdate.Phone] = [.keep, .forget, .set("+86\(step)")]
                let update = UserUpdate(
                    profile: UserProfile(nickname: random.next() % 3 == 0 ? "n\(step)" : nil, gender: step % 3),
                    phone: phones[Int(random.next() % 3)],
                    unionid: unionid,
                    tokensEnd: tokensEnd
                )
                let answer = try await store.update(update, of: query).get()
                expectSame(answer, model.update(update, of: query))
            case 5:
                let scopes: [SessionEnding.Scope] = [
                    .session(session, byUser: true), .session(session, byUser: false), .user(userID: userID),
                    .erase(userID: userID),
                ]
                let scope = scopes[Int(random.next() % 4)]
                let answer = try await store.end(scope, time: time, tokensEnd: tokensEnd).get()
                expectSame(answer, model.end(scope, time: time, tokensEnd: tokensEnd))
            case 6:
                let isBlocked = random.next() % 3 == 0
                _ = try await store.setBlocked(isBlocked, userID).get()
                model.setBlocked(isBlocked, userID)
            case 7:
                let renewal = TokenRenewal(
                    query: query,
                    token: "t\(step)",
                    tokenExpiry: time + Int64(random.next() % 100),
                    mustOutlive: time + Int64(random.next() % 50)
                )
                #expect(try await store.renew(renewal).get() == model.renew(renewal))
            default:
                #expect(try await store.user(session, key.openid, app: key.appID, at: time).get() == model.user(query))
                #expect(try await store.sessionKey(query).get() == model.sessionKey(query))
            }
        }
    }
}
