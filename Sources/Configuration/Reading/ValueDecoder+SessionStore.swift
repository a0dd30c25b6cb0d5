extension ValueDecoder where Value == SessionStoreLocation {
    /// `sqlite:PATH`, `redis://[username@]host[:port][/database]` or `redis+unix:PATH[?database=N]`.
    static var sessionStore: ValueDecoder {
        .text(
            [("pattern", .string("^(sqlite:.+|redis://.+|redis\\+unix:.+)$"))],
            parse: { text throws(TextFault) in try SessionStoreText.parse(text) },
            render: { location in .string(SessionStoreText.render(location)) }
        )
    }
}

/// The location of a store as a text. Faults do not quote it: it could contain a password.
enum SessionStoreText {
    private static let redisPort = 6379
    private static let largestDatabase = 9999

    static func parse(_ text: String) throws(TextFault) -> SessionStoreLocation {
        guard !text.utf8.contains(0) else { throw noStore }
        if let path = rest(of: text, after: "sqlite:") {
            return .sqlite(path: path)
        } else if let authority = rest(of: text, after: "redis://") {
            return try redis(authority)
        } else if let path = rest(of: text, after: "redis+unix:") {
            return try socket(path)
        } else if text.lowercased().hasPrefix("rediss:") {
            throw TextFault(
                message: "this version does not support Redis over TLS",
                hint: "use \"redis+unix:PATH\" or a private network"
            )
        }
        throw noStore
    }

    static func render(_ location: SessionStoreLocation) -> String {
        switch location {
        case .sqlite(let path): return "sqlite:" + path
        case .redis(let host, let port, let username, let database):
            let user = username.map { $0 + "@" } ?? ""
            return "redis://\(user)\(NetworkName.authority(host: host, port: port))/\(database)"
        case .redisSocket(let path, let database):
            return "redis+unix:\(path)" + (database == 0 ? "" : "?database=\(database)")
        }
    }

    private static let noStore = TextFault(
        message: "the store is not \"sqlite:PATH\", \"redis://HOST\" or \"redis+unix:PATH\"",
        hint: "for example \"sqlite:var/menshen.sqlite\""
    )

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func redis(_ text: String) throws(TextFault) -> SessionStoreLocation {
        var rest = text[...]
        var username: String?
        if let at = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
            let name = rest[..<at]
            rest = rest[rest.utf8.index(after: at)...]
            guard !name.utf8.contains(UInt8(ascii: ":")) else {
                throw TextFault(
                    message: "the store's URL must not contain a password",
                    hint: "set \"storePassword\" to {\"env\": NAME} or {\"file\": PATH}"
                )
            }
            let isName = name.utf8.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || [0x2D, 0x2E, 0x5F].contains($0)
            }
            guard !name.isEmpty, isName else {
                throw TextFault(message: "the store's user name may contain only letters, digits, -, _ and .")
            }
            username = String(name)
        }
        var database = 0
        if let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) {
            let number = rest[rest.utf8.index(after: slash)...]
            rest = rest[..<slash]
            if !number.isEmpty { database = try self.database(number) }
        }
        guard let (host, port) = NetworkName.split(String(rest)), port != 0 else {
            if let slip = NetworkName.slip(in: String(rest)) { throw slip }
            throw TextFault(
                message: "the store's address is not \"redis://[username@]host[:port][/database]\"",
                hint: "for example \"redis://redis.internal:6379/0\""
            )
        }
        return .redis(host: host, port: port ?? redisPort, username: username, database: database)
    }

    private static func socket(_ text: String) throws(TextFault) -> SessionStoreLocation {
        guard !text.hasPrefix("//") else {
            throw TextFault(
                message: "a socket URL has a path and no host",
                hint: "for example \"redis+unix:/run/redis/redis.sock\""
            )
        }
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            return .redisSocket(path: text, database: 0)
        }
        let query = text[text.utf8.index(after: mark)...]
        guard mark > text.startIndex, query.hasPrefix("database=") else {
            throw TextFault(message: "the store's socket is not \"redis+unix:PATH\" with or without \"?database=N\"")
        }
        return .redisSocket(path: String(text[..<mark]), database: try database(query.dropFirst("database=".count)))
    }

    private static func database(_ text: Substring) throws(TextFault) -> Int {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text) else {
            throw TextFault(message: "the store's database must be a number from 0 to \(largestDatabase)")
        }
        return number
    }
}
