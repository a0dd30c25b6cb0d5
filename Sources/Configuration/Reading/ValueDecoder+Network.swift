extension ValueDecoder where Value == ListenAddress {
    /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
    static var listenAddress: ValueDecoder {
        .text(
            [("pattern", .string("^([0-9.]+|localhost|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$"))],
            expected: "a string such as \"127.0.0.1:8080\"",
            parse: { text throws(TextFault) in
                guard let (host, port) = NetworkName.split(text) else {
                    let everywhere =
                        text.utf8.first == UInt8(ascii: ":") && text.utf8.dropFirst().allSatisfy(\.isASCIIDigit)
                        ? "\"0.0.0.0\(text)\" for all addresses, " : ""
                    if let end = text.firstRange(of: "://")?.upperBound {
                        throw TextFault(
                            message: "\(Printable.quoted(text)) is a URL, not an address with a port",
                            hint: "write \(Printable.quoted(String(text[end...].prefix { $0 != "/" })))"
                        )
                    }
                    throw NetworkName.slip(in: text)
                        ?? TextFault(
                            message: "\(Printable.quoted(text)) is not an address with a port",
                            hint: "write \(everywhere)\"127.0.0.1:8080\" or \"[::1]:8080\""
                        )
                }
                guard let port else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has no port",
                        hint: "write \"\(text):8080\""
                    )
                }
                guard host == "localhost" || IPAddress(host) != nil else {
                    throw TextFault(
                        message: "\(Printable.quoted(host)) is not an IP address",
                        hint: "write an IP address, \"0.0.0.0\" or \"[::]\" for all, or \"localhost\""
                    )
                }
                return ListenAddress(host: host, port: port)
            }
        )
    }
}

extension ValueDecoder where Value == HostName {
    /// `menshen-admin.internal`, `localhost:19901`, `[2001:db8::1]`.
    static var hostName: ValueDecoder {
        .text(
            [("pattern", .string("^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$"))],
            expected: "a string such as \"menshen-admin.internal\"",
            parse: { text throws(TextFault) in
                guard let name = HostName(text) else {
                    throw NetworkName.slip(in: text)
                        ?? TextFault(
                            message: "\(Printable.quoted(text)) is not a host name with an optional port",
                            hint: "write \"menshen-admin.internal\" or \"localhost:19901\""
                        )
                }
                return name
            },
            render: { .string($0.description) }
        )
    }
}

extension ValueDecoder where Value == AddressRange {
    /// `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`.
    static var addressRange: ValueDecoder {
        .text(
            [("pattern", .string("^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"))],
            expected: "a string such as \"10.0.0.0/8\" or \"192.0.2.1\"",
            parse: { text throws(TextFault) in
                let malformed = TextFault(
                    message: "\(Printable.quoted(text)) is not an IP address or network",
                    hint: "write \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.1\""
                )
                let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                guard let first = parts.first.flatMap({ String($0) }), let address = IPAddress(first) else {
                    throw malformed
                }
                guard parts.count > 1 else { return AddressRange(base: address, prefixLength: 128) }
                let isDotted = !first.utf8.contains(UInt8(ascii: ":"))
                guard parts.count == 2, (1...3).contains(parts[1].count), parts[1].allSatisfy(\.isASCIIDigit),
                    let length = Int(Substring(parts[1])), length <= (isDotted ? 32 : 128)
                else { throw malformed }
                let range = AddressRange(base: address, prefixLength: isDotted ? length + 96 : length)
                guard range.base == address else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has bits set after its prefix",
                        hint: "did you mean \"\(range)\"?"
                    )
                }
                return range
            }
        )
    }
}

/// What all kinds of URL in the file share: scheme, host and port, and nothing else.
enum ServerURL {
    static func split(_ text: String, schemes: [String]) throws(TextFault) -> (scheme: String, host: String, port: Int?)
    {
        // The text is not quoted: it could contain a password.
        let example = "write \"\(schemes[0])://host:port\""
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0 + "://") }) else {
            throw TextFault(
                message: "the URL must begin with \(schemes.map { $0 + "://" }.joined(separator: " or "))",
                hint: example
            )
        }
        let rest = text.utf8.dropFirst(scheme.utf8.count + 3)
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        if authority.contains(UInt8(ascii: "@")) {
            throw TextFault(message: "the URL must not contain a user name or password", hint: example)
        }
        guard authority.count == rest.count else {
            let isSlash = rest.dropFirst(authority.count).elementsEqual("/".utf8)
            throw TextFault(
                message: "the URL must not have a path, query or fragment",
                hint: isSlash ? "remove the slash at its end" : example
            )
        }
        guard let (host, port) = NetworkName.split(String(Substring(authority))), port != 0 else {
            throw NetworkName.slip(in: String(Substring(authority)))
                ?? TextFault(message: "the URL has no valid host and port", hint: example)
        }
        return (scheme, host, port)
    }
}

extension ValueDecoder where Value == String {
    /// `http://proxy.internal:3128`: a proxy that is reached in plain HTTP and opens tunnels. It sees host names but no
    /// requests.
    static var proxyURL: ValueDecoder {
        .text(
            [("pattern", .string("^[Hh][Tt][Tt][Pp]://[^/?#@]+:[0-9]{1,5}$"))],
            expected: "a string such as \"http://proxy.internal:3128\"",
            parse: { text throws(TextFault) in
                let (scheme, host, port) = try ServerURL.split(text, schemes: ["http"])
                guard let port else {
                    // The port is required, since libcurl's default, 1080, would surprise.
                    throw TextFault(message: "the URL has no port", hint: "write \"http://host:3128\"")
                }
                return "\(scheme)://" + NetworkName.authority(host: host, port: port)
            },
            render: { .string($0) }
        )
    }

    /// `https://api.weixin.qq.com`; `http` only for this machine, since secrets go there.
    static var weChatBaseURL: ValueDecoder {
        .text(
            [("pattern", .string("^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+$"))],
            expected: "a string such as \"https://api.weixin.qq.com\"",
            parse: { text throws(TextFault) in
                let (scheme, host, port) = try ServerURL.split(text, schemes: ["https", "http"])
                if scheme == "http", !NetworkName.isLoopback(host) {
                    throw TextFault(
                        message: "over http, the app's secret would be sent unencrypted",
                        hint: "use \"https://…\"; http is allowed for loopback hosts only"
                    )
                }
                guard let port else { return "\(scheme)://" + (host.contains(":") ? "[\(host)]" : host) }
                return "\(scheme)://" + NetworkName.authority(host: host, port: port)
            },
            render: { .string($0) }
        )
    }
}
