/// The store of users, sessions and their changes, shared by all gateways that use it.
///
/// Completions run exactly once, on a thread of the store (on the caller's if the request is refused at once), and must
/// not block. A success is durable: it survives the death of this process, and of the store as far as the store's own
/// settings allow.
package protocol SessionStore: Sendable {
    /// Records a login: creates or updates the user, and starts the session.
    ///
    /// The user id is the one recorded for (appId, openid); else, with `linksByUnionid`, the one of another user with
    /// the same unionid; else `login.userID`. For a blocked user nothing is recorded, and the result says so.
    func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    )

    /// The user of a session, with the end of the session; nil if the user has no such session or it expired by `time`.
    func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    )

    /// The session_key of the user's newest login; nil as in `user`.
    func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    )

    /// Records an update of a user; nil as for `user`. If the facts change, so do the user's tokens: the change goes to
    /// all followers, and to the caller.
    func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    )

    /// Ends sessions; the changes go to all followers, and to the caller. Ending a missing session is not an error.
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

    /// Imports users, all or none. A known user gets the given id and keeps all other data.
    func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    )

    /// Passes all changes of tokens that are still valid to `observer`: first the known ones, in one call before this
    /// one returns or soon after, then each new one, from this gateway or another. A change may be passed more than
    /// once. Set one observer, once, before anything is recorded. It runs on a thread of the store and must not block.
    func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void)

    /// What gateways share beside users; nil where the store is this gateway's alone.
    var shared: (any SharedValues)? { get }

    /// Whether the last work that reached the database failed there.
    var isDegraded: Bool { get }

    /// Whether the store was there once since the start. Until then the gateway is not ready.
    var wasSeen: Bool { get }

    /// Rows that no gateway wrote and that were passed over, since the start.
    var ignoredRows: Int { get }

    /// Completes the pending requests and refuses further ones. Returns when that is done.
    func stop()
}

extension SessionStore {
    /// A store that is opened before it can be used was seen.
    package var wasSeen: Bool { true }
    /// A store that nobody else writes to has none.
    package var ignoredRows: Int { 0 }
}

/// Small expiring values, shared by all gateways of a store, sealed at rest.
package protocol SharedValues: Sendable {
    /// Sets the value for `seconds` if there is none; otherwise returns the existing value.
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

    /// Returns the value as soon as it differs from `present`, or after `milliseconds`; nil if there is none.
    func get(
        _ key: String,
        otherThan present: [UInt8]?,
        within milliseconds: Int64,
        completion: @escaping @Sendable (Result<[UInt8]?, SessionStoreError>) -> Void
    )
}

/// Why the store failed. As far as known, nothing was recorded.
package enum SessionStoreError: Error, Equatable, Sendable {
    /// The queue of requests is full.
    case overloaded
    /// The store was stopped.
    case stopped
    /// The database refused; SQLite's extended result code.
    case database(code: Int32)
    /// The server of the store is unreachable, timed out, or refused. Whether the request was recorded is unknown.
    case unreachable
    /// A secret could not be sealed, or a stored value cannot be opened with any configured key.
    case sealing
}
