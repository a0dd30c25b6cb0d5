/// The store of users and sessions, and the encryption of its secrets.
package struct SessionsConfiguration: Sendable, Equatable {
    /// The store. Its password, where it has one, is `storePassword`.
    package var store = SessionStoreLocation.sqlite(path: "var/menshen.sqlite")
    /// The password of a Redis store; nil: none.
    package var storePassword: Secret?
    /// The key for secrets at rest, at least 32 bytes. Nil: derived from the first signing key.
    package var encryptionKey: Secret?
    /// Former values of `encryptionKey` that can still decrypt; at least 32 bytes each.
    package var formerEncryptionKeys: [Secret] = []
    /// Whether rows of a Redis store without a MAC are accepted: those of versions that wrote none.
    package var acceptUnsigned = false
    /// From the login to the session's end, in whole seconds.
    package var lifetime = Duration.seconds(30 * 86_400)

    init() {}
}

/// Where a store is.
package enum SessionStoreLocation: Sendable, Equatable {
    /// A SQLite database in a file, relative to the working directory.
    case sqlite(path: String)
    /// A Redis that several gateways may share. The user is one of its access control lists; nil: the default one.
    case redis(host: String, port: Int, username: String?, database: Int)
    /// Redis over a Unix socket, whose path is relative to the working directory.
    case redisSocket(path: String, database: Int)
}

/// How users are named.
package struct UsersConfiguration: Sendable, Equatable {
    /// The key that user ids are derived with, at least 32 bytes. Nil: to be derived from the first signing key.
    ///
    /// A user id depends on this key: another key gives every user another id.
    package var idKey: Secret?
    /// The service that knows the users; nil: ids are derived.
    package var resolve: UserResolverConfiguration?
    /// What makes one user of accounts in several apps; nil: nothing does.
    package var linkBy: UserLink?

    init() {}
}

/// The service that returns the user id at each login.
package struct UserResolverConfiguration: Sendable, Equatable {
    /// One of `GatewayConfiguration.services`.
    package var service = ""
    /// Absolute, without query and fragment.
    package var path = ""
    /// For the whole call.
    package var timeout = Duration.seconds(2)

    init() {}
}

/// What accounts of one person have in common.
package enum UserLink: String, Sendable, CaseIterable {
    /// WeChat's id of a person across the apps of one owner, if WeChat returns it.
    case unionid
}
