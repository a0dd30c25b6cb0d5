/// Users, their sessions and what became of both. Every gateway that shares a store sees the same.
///
/// Completions run exactly once, on a thread of the store's (on the caller's, where the request is refused at once), and
/// must not block. What is answered with success is durable: it outlives the death of this process, and of the store's
/// as far as the store's own settings go.
package protocol SessionStore: Sendable {
    /// Records a login: the user is made or brought up to date, and the session begins.
    ///
    /// The user's id is the one recorded before for (appId, openid); else, where `linksByUnionid`, the one of another
    /// user with the same unionid; else `login.userID`. For a blocked user nothing is recorded, and the answer says so.
    func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    )

    /// The user of a session, with the session's end; nil where there is no such session of that user or it expired by `time`.
    func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    )

    /// The session_key of the user's newest login; nil as in `user`.
    func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    )

    /// Records what is newly known of a user; nil as in `user`. Where the facts change, so do the user's tokens: the
    /// change goes to all followers, and to the caller.
    func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    )

    /// Ends sessions; the changes go to all followers, and to the caller. A session that is not there is no error.
    func end(
        _ ending: SessionEnding,
        completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    )

    /// Blocks a user or lets them in again. Blocking ends no session, but no token of the user is taken meanwhile.
    func setBlocked(
        _ isBlocked: Bool,
        userID: String,
        completion: @escaping @Sendable (Result<Updated<Void>, SessionStoreError>) -> Void
    )

    /// The session's successor token: the one recorded before, where it still expires after `renewal.mustOutlive`; else
    /// `renewal.token`, which is then recorded. Nil where the session is not there, expired, or ends before
    /// `renewal.tokenExpiry`: no token outlives its session, or its end would miss it.
    func renew(
        _ renewal: TokenRenewal,
        completion: @escaping @Sendable (Result<RenewedToken?, SessionStoreError>) -> Void
    )

    /// Takes over users from elsewhere, all or none. Who is there already gets the id given here; what else is known
    /// of them stays.
    func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    )

    /// Tells `observer` of all changes that concern tokens still alive, first those that are known, in one call before
    /// this one returns or soon after it, then each as it comes, from this gateway or another; again where in doubt.
    /// One observer, set once, before anything is recorded. Runs on a thread of the store's; must not block.
    func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void)

    /// What gateways share beside users; nil where the store is this gateway's alone.
    var shared: (any SharedValues)? { get }

    /// Whether the last work that reached the database failed there.
    var isDegraded: Bool { get }

    /// Whether the store was there once since the start. Until then the gateway is not ready.
    var wasSeen: Bool { get }

    /// Does what was asked so far, then refuses. Returns when that is done.
    func stop()
}

extension SessionStore {
    /// A store that is opened before it can be used was seen.
    package var wasSeen: Bool { true }
}

/// Small values with an end, shared by all gateways of a store, sealed at rest.
package protocol SharedValues: Sendable {
    /// Sets the value where there is none, for `seconds`; else the answer is the value that is there.
    func claim(
        _ key: String,
        _ value: [UInt8],
        seconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    )

    /// Sets the value for `seconds`, or removes it where it is nil.
    func put(
        _ key: String,
        _ value: [UInt8]?,
        seconds: Int64,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    )

    /// The value as soon as it is another than `present`, or what it is after `milliseconds`; nil where there is none.
    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    )
}

/// Why the store did not do what was asked. Nothing was recorded, as far as can be known.
package enum SessionStoreError: Error, Equatable, Sendable {
    /// As many requests as may wait are waiting.
    case overloaded
    /// The store was stopped.
    case stopped
    /// The database refused; SQLite's extended result code.
    case database(code: Int32)
    /// The store's server is away, does not answer in time, or refused. Whether it was recorded is not known.
    case unreachable
    /// A secret could not be sealed, or what is there cannot be opened with any key that is configured.
    case sealing
}
