import NIOConcurrencyHelpers

@testable import Sessions

/// A complete store in memory, which fails and waits as a test tells it. Several gateways may share one.
final class MemoryStore: SessionStore {
    /// What a test may make fail.
    enum Call: Hashable, CaseIterable {
        case record, user, sessionKey, update, end, setBlocked, renew, importUsers, claim, put, get
    }

    private struct User {
        var user: StoredUser
        var sessionKey: String?
    }

    private struct Session {
        let key: UserKey
        let expiry: Int64
        var successor: RenewedToken?
    }

    private struct State {
        var users: [UserKey: User] = [:]
        var sessions: [String: Session] = [:]
        var blocked: Set<String> = []
        var failures: [Call: SessionStoreError] = [:]
        var calls: [Call: Int] = [:]
        var held: Set<Call> = []
        var waiting: [Call: [@Sendable () -> Void]] = [:]
        var observers: [@Sendable ([SessionChange]) -> Void] = []
        var changes: [SessionChange] = []
    }

    private let state = NIOLockedValueBox(State())
    private let values: MemoryValues?

    init(isShared: Bool = false) {
        values = isShared ? MemoryValues() : nil
    }

    /// A store that does nothing but fail.
    convenience init(failing error: SessionStoreError) {
        self.init()
        for call in Call.allCases { fail(call, with: error) }
    }

    // MARK: what tests ask and tell

    func fail(_ calls: Call..., with error: SessionStoreError?) {
        state.withLockedValue { state in
            for call in calls { state.failures[call] = error }
        }
    }

    /// Answers of these calls wait until they are released.
    func hold(_ call: Call) { state.withLockedValue { _ = $0.held.insert(call) } }

    func release(_ call: Call) {
        let work = state.withLockedValue { state in
            state.held.remove(call)
            return state.waiting.removeValue(forKey: call) ?? []
        }
        for piece in work { piece() }
    }

    func count(_ call: Call) -> Int { state.withLockedValue { $0.calls[call] ?? 0 } }
    func waiting(_ call: Call) -> Int { state.withLockedValue { $0.waiting[call]?.count ?? 0 } }
    var sessionIDs: [String] { state.withLockedValue { $0.sessions.keys.sorted() } }
    var allChanges: [SessionChange] { state.withLockedValue { $0.changes } }
    func stored(_ key: UserKey) -> StoredUser? { state.withLockedValue { $0.users[key]?.user } }
    func sessionKey(_ key: UserKey) -> String? { state.withLockedValue { $0.users[key]?.sessionKey } }
    /// Keys and values that gateways share.
    var sharedTexts: [String] { values?.texts ?? [] }
    /// Gateways that wait for a shared value.
    var sharedWaiting: Int { values?.waiting ?? 0 }
    /// Lets time pass for the shared values, in seconds.
    func pass(_ seconds: Int64) { values?.pass(seconds) }

    // MARK: the store

    var shared: (any SharedValues)? { values.map { SharedDoor(store: self, values: $0) } }
    var isDegraded: Bool { state.withLockedValue { !$0.failures.isEmpty } }
    var wasSeen: Bool { true }
    func stop() {}

    func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) {
        let known = state.withLockedValue { state in
            state.observers.append(observer)
            return state.changes
        }
        observer(known)
    }

    func record(_ login: UserLogin, completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void) {
        answer(.record, completion) { state in
            var user = state.users[login.user] ?? User(user: StoredUser(userID: "", unionid: nil))
            if user.user.userID.isEmpty || login.isAuthoritative {
                let linked = state.users.values.first {
                    login.linksByUnionid && login.unionid != nil && $0.user.unionid == login.unionid
                }
                user.user.userID =
                    login.isAuthoritative ? login.userID : linked?.user.userID ?? login.userID
            }
            user.user.isBlocked = state.blocked.contains(user.user.userID)
            user.user.sessionExpiry = nil
            guard !user.user.isBlocked else { return .success(user.user) }
            user.user.unionid = login.unionid ?? user.user.unionid
            user.sessionKey = login.sessionKey ?? user.sessionKey
            state.users[login.user] = user
            state.sessions[login.sessionID] = Session(key: login.user, expiry: login.sessionExpiry)
            user.user.sessionExpiry = login.sessionExpiry
            return .success(user.user)
        }
    }

    func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    ) {
        answer(.user, completion) { .success(Self.find(query, $0)?.user) }
    }

    func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    ) {
        answer(.sessionKey, completion) { .success(Self.find(query, $0)?.sessionKey) }
    }

    func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    ) {
        answer(.update, completion) { state in
            guard var user = Self.find(query, state) else { return .success(nil) }
            let before = user.user.facts
            user.user.profile = user.user.profile.merged(with: update.profile)
            user.user.unionid = user.user.unionid ?? update.unionid
            switch update.phone {
            case .keep: break
            case .forget: user.user.phone = nil
            case .set(let phone): user.user.phone = phone
            }
            state.users[query.user] = user
            user.user.sessionExpiry = state.sessions[query.sessionID]?.expiry
            guard user.user.facts != before else { return .success(Updated(user.user, changes: [])) }
            let change = SessionChange(.userKnown(query.user, user.user.facts), until: update.tokensEnd)
            return .success(Updated(user.user, changes: [change]))
        } changes: {
            (try? $0.get())??.changes ?? []
        }
    }

    func end(
        _ ending: SessionEnding,
        completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    ) {
        answer(.end, completion) { state in
            var ended: [String] = []
            var byUser = true
            switch ending.scope {
            case .session(let sessionID, let isByUser):
                byUser = isByUser
                if state.sessions[sessionID] != nil { ended = [sessionID] }
            case .user(let userID), .erase(let userID):
                if case .user = ending.scope { byUser = false }
                ended = state.sessions.filter { state.users[$0.value.key]?.user.userID == userID }.map(\.key).sorted()
            }
            for sessionID in ended { state.sessions[sessionID] = nil }
            if case .erase(let userID) = ending.scope {
                for (key, user) in state.users where user.user.userID == userID { state.users[key] = nil }
            }
            let changes = ended.map {
                SessionChange(.sessionEnded(sessionID: $0, byUser: byUser), until: ending.tokensEnd)
            }
            return .success(Updated(ended.count, changes: changes))
        } changes: {
            (try? $0.get())?.changes ?? []
        }
    }

    func setBlocked(
        _ isBlocked: Bool,
        userID: String,
        completion: @escaping @Sendable (Result<Updated<Void>, SessionStoreError>) -> Void
    ) {
        answer(.setBlocked, completion) { state in
            if isBlocked { state.blocked.insert(userID) } else { state.blocked.remove(userID) }
            for key in state.users.keys where state.users[key]?.user.userID == userID {
                state.users[key]?.user.isBlocked = isBlocked
            }
            let kind: SessionChange.Kind = isBlocked ? .userBlocked(userID: userID) : .userUnblocked(userID: userID)
            return .success(Updated((), changes: [SessionChange(kind, until: nil)]))
        } changes: {
            (try? $0.get())?.changes ?? []
        }
    }

    func renew(
        _ renewal: TokenRenewal,
        completion: @escaping @Sendable (Result<RenewedToken?, SessionStoreError>) -> Void
    ) {
        answer(.renew, completion) { state in
            guard let end = Self.find(renewal.query, state)?.user.sessionExpiry, end >= renewal.tokenExpiry else {
                return .success(nil)
            }
            let sessionID = renewal.query.sessionID
            if let known = state.sessions[sessionID]?.successor, known.expiresAt > renewal.mustOutlive {
                return .success(known)
            }
            let token = RenewedToken(token: renewal.token, expiresAt: renewal.tokenExpiry)
            state.sessions[sessionID]?.successor = token
            return .success(token)
        }
    }

    func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        answer(.importUsers, completion) { state in
            for user in users {
                var known = state.users[user.user] ?? User(user: StoredUser(userID: "", unionid: nil))
                known.user.userID = user.userID
                known.user.unionid = user.unionid ?? known.user.unionid
                state.users[user.user] = known
            }
            return .success(())
        }
    }

    // MARK: how it answers

    private static func find(_ query: SessionQuery, _ state: State) -> User? {
        guard let session = state.sessions[query.sessionID], session.key == query.user, session.expiry > query.time
        else { return nil }
        var user = state.users[query.user]
        user?.user.sessionExpiry = session.expiry
        return user
    }

    private func answer<Value: Sendable>(
        _ call: Call,
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        _ work: (inout State) -> Result<Value, SessionStoreError>,
        changes: (Result<Value, SessionStoreError>) -> [SessionChange] = { _ in [] }
    ) {
        let (result, news, observers) = state.withLockedValue { state in
            state.calls[call, default: 0] += 1
            let result = state.failures[call].map { .failure($0) } ?? work(&state)
            let news = changes(result)
            state.changes += news
            return (result, news, state.observers)
        }
        run(call) {
            if !news.isEmpty { for observer in observers { observer(news) } }
            completion(result)
        }
    }

    func run(_ call: Call, _ work: @escaping @Sendable () -> Void) {
        let isHeld = state.withLockedValue { state in
            guard state.held.contains(call) else { return false }
            state.waiting[call, default: []].append(work)
            return true
        }
        if !isHeld { work() }
    }

    func failure(_ call: Call) -> SessionStoreError? {
        state.withLockedValue { state in
            state.calls[call, default: 0] += 1
            return state.failures[call]
        }
    }
}
