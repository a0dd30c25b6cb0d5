import JSON

extension ValueDecoder where Value == ServiceAddress {
    /// `http://127.0.0.1:9001`, `https://orders.internal`, `unix:/run/orders.sock`.
    static var serviceAddress: ValueDecoder {
        .text(
            [("pattern", .string("^([Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+|unix:/.+)$"))],
            expected: "a string such as \"http://127.0.0.1:9001\" or \"unix:/run/orders.sock\"",
            parse: { text throws(TextFault) in
                guard text.hasPrefix("unix:") else {
                    let (scheme, host, port) = try ServerURL.split(text, schemes: ["http", "https"])
                    return scheme == "https"
                        ? .https(host: host, port: port ?? 443) : .http(host: host, port: port ?? 80)
                }
                let path = String(text.dropFirst(5))
                // The capacity of the kernel's address (unix(7)), with the final NUL.
                guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 107, !path.utf8.contains(0) else {
                    throw TextFault(
                        message: "a socket path must be absolute and at most 107 bytes long",
                        hint: "for example \"unix:/run/orders.sock\""
                    )
                }
                return .unix(path: path)
            },
            render: { .string($0.description) }
        )
    }
}

extension ValueDecoder where Value == ServiceTarget {
    /// An address alone, or with its weight.
    static var serviceTarget: ValueDecoder {
        let address = ValueDecoder<ServiceAddress>.serviceAddress
        let keys = WeightedTarget.keys
        return ValueDecoder(
            schema: .object([
                ("anyOf", .array([address.schema, .section(summary: WeightedTarget.summary, keys: keys)]))
            ]),
            read: { node, location, reader in
                if node.members != nil {
                    let target = reader.section(node, at: location, keys: keys)
                    return target.url.map { ServiceTarget(address: $0, weight: target.weight) }
                }
                return address.read(node, location, &reader).map { ServiceTarget(address: $0) }
            }
        )
    }
}

/// The long form of a target.
private struct WeightedTarget: ConfigurationSection {
    var url: ServiceAddress?
    var weight = 1

    static let summary = "A server and its weight."

    static var keys: [Key<WeightedTarget>] {
        [
            .key(
                "url",
                \.url,
                ValueDecoder<ServiceAddress>.serviceAddress.optional,
                required: true,
                "The URL of the server.",
                examples: [.string("http://127.0.0.1:9001")]
            ),
            .key(
                "weight",
                \.weight,
                .integer(1...1000),
                "The server's share of the requests, relative to the weights of the other servers."
            ),
        ]
    }
}

extension ValueDecoder where Value == BalanceMethod {
    /// `round-robin`, `least-request`, `{"hash": …}`.
    static var balanceMethod: ValueDecoder {
        let names = ["round-robin", "least-request"]
        let listed = #""round-robin", "least-request", {"hash": …}"#
        let keys = HashedBalance.keys
        return ValueDecoder(
            schema: .object([
                (
                    "anyOf",
                    .array([
                        .object([("enum", .array(names.map { .string($0) }))]),
                        .section(summary: HashedBalance.summary, keys: keys),
                    ])
                )
            ]),
            read: { node, location, reader in
                if node.members != nil { return reader.section(node, at: location, keys: keys).hash.map { .hash($0) } }
                guard let text = node.string else {
                    reader.wrongType(node, at: location, expected: "one of " + listed)
                    return nil
                }
                switch text {
                case "round-robin": return .roundRobin
                case "least-request": return .leastRequest
                default:
                    reader.fault(
                        location,
                        "\(Printable.quoted(text)) is not one of \(listed)",
                        hint: NameSuggestion.hint(for: text, among: names)
                    )
                    return nil
                }
            },
            render: { method in
                switch method {
                case .roundRobin: .string("round-robin")
                case .leastRequest: .string("least-request")
                case .hash: nil
                }
            }
        )
    }
}

/// The form of `balance` that names a key.
private struct HashedBalance: ConfigurationSection {
    var hash: BalanceMethod.HashKey?

    static let summary = "Requests with equal keys go to the same target."

    static var keys: [Key<HashedBalance>] {
        [
            .key(
                "hash",
                \.hash,
                ValueDecoder<BalanceMethod.HashKey>.hashKey.optional,
                required: true,
                "The key of a request: the user, the client address, or the value of a header field.",
                examples: [.string("user"), .string("address"), .object([("header", .string("x-tenant"))])]
            )
        ]
    }
}

extension ValueDecoder where Value == BalanceMethod.HashKey {
    /// `user`, `address`, `{"header": NAME}`.
    fileprivate static var hashKey: ValueDecoder {
        let keys = HashedHeader.keys
        return ValueDecoder(
            schema: .object([
                (
                    "anyOf",
                    .array([
                        .object([("enum", .array([.string("user"), .string("address")]))]),
                        .section(summary: HashedHeader.summary, keys: keys),
                    ])
                )
            ]),
            read: { node, location, reader in
                if node.members != nil {
                    let header = reader.section(node, at: location, keys: keys).header
                    return header.isEmpty ? nil : .header(header)
                }
                switch node.string {
                case "user": return .user
                case "address": return .address
                case .some(let text):
                    reader.fault(
                        location,
                        "\(Printable.quoted(text)) is not one of \"user\", \"address\", {\"header\": NAME}",
                        hint: NameSuggestion.hint(for: text, among: ["user", "address"])
                    )
                case nil:
                    reader.wrongType(node, at: location, expected: "one of \"user\", \"address\", {\"header\": NAME}")
                }
                return nil
            }
        )
    }
}

private struct HashedHeader: ConfigurationSection {
    var header = ""

    static let summary = "A header field of the request."

    static var keys: [Key<HashedHeader>] {
        [
            .key(
                "header",
                \.header,
                .headerName(refusing: ["host", "connection", "authorization"], prefixes: [], example: "x-tenant"),
                required: true,
                "The name of the header field.",
                examples: [.string("x-tenant")]
            )
        ]
    }
}
