import Cryptography

/// Where a Redis is, and how to be let in. Nothing prints the password.
package struct RedisAddress: Sendable, Equatable, Redacted {
    /// Where the server listens.
    package enum Endpoint: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    /// Where the server listens.
    package let endpoint: Endpoint
    /// Of Redis's access control lists; nil: the default user.
    package let username: String?
    /// The password of the user; nil: the server asks for none.
    package let password: [UInt8]?
    /// The number of the database, from 0.
    package let database: Int

    /// Takes the parts as they are; whether they lead to a server shows the connection.
    package init(endpoint: Endpoint, username: String? = nil, password: [UInt8]? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.username = username
        self.password = password
        self.database = database
    }

}

/// What an operator may want to know of the store's server. All of it may be logged.
package enum RedisStoreEvent: Sendable, Equatable {
    /// The server is there, and everything missed is known.
    case connected
    /// The server does not come; it has not been there since the start. Told once until it is.
    case absent(Loss)
    /// The server went away. Told once until it is back.
    case lost(Loss)
    /// The server may drop sessions and revocations when its memory is full.
    case evicts(policy: String)
    /// The server came back without some of the changes that this gateway knows: it has been given them again.
    case restored(changes: Int)
    /// The server refuses all writes: its memory is full, its disk, or its replicas are away. Told once until it takes
    /// writes again, or refuses them for another reason.
    case refuses(kind: String, words: String)
    /// The server takes writes again.
    case accepts
    /// The server refused one request; the first word of its answer. A row may be another's.
    case failed(kind: String)
    /// Rows or entries of the stream that no gateway wrote were passed over.
    case ignored(rows: Int)

    /// Why the server is taken to be away.
    package enum Loss: Sendable, Equatable {
        /// No connection, or it was closed.
        case connection
        /// An answer did not come in time.
        case timeout
        /// What came is not Redis's protocol.
        case malformed
        /// The server refused; the first word of its answer.
        case refused(kind: String)
    }
}
