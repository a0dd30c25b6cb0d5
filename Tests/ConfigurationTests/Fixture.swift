import Configuration
import Glibc

/// A valid file of single sections, some of which a test replaces, adds or (with nil) leaves out.
struct Fixture {
    static let sections: [(name: String, text: String)] = [
        ("listeners", #"[ { "address": "127.0.0.1:8080" } ]"#),
        ("wechat", #"{ "apps": [ { "appId": "wx0123456789abcdef", "secret": { "value": "app" } } ] }"#),
        (
            "tokens",
            #"{ "issuer": "i", "signingKeys": [ { "id": "k", "algorithm": "HS256", "secret": { "value": "\#(secret)" } } ] }"#
        ),
        ("sessions", #"{ "encryptionKey": { "value": "\#(sessionSecret)" } }"#),
        ("users", #"{ "idKey": { "value": "\#(userSecret)" } }"#),
        ("services", #"{ "orders": { "targets": [ "http://127.0.0.1:9001" ] } }"#),
        ("routes", #"[ { "path": "/a", "service": "orders" } ]"#),
    ]
    static let secret = "0123456789abcdef0123456789abcdef"
    static let sessionSecret = "session-" + secret
    static let userSecret = "user-id-" + secret
    static let noEnvironment = ConfigurationEnvironment(
        variable: { _ in nil },
        contents: { _ in .failure(FileProblem(reason: "No such file or directory")) }
    )

    static func text(_ replacements: [String: String?] = [:]) -> String {
        var lines: [String] = []
        for (name, text) in sections {
            guard let replacement = replacements[name] else {
                lines.append("\"\(name)\": \(text)")
                continue
            }
            if let replacement { lines.append("\"\(name)\": \(replacement)") }
        }
        for (name, text) in replacements.sorted(by: { $0.key < $1.key })
        where !sections.contains(where: { $0.name == name }) {
            if let text { lines.append("\"\(name)\": \(text)") }
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    static func load(
        _ replacements: [String: String?] = [:],
        environment: ConfigurationEnvironment = noEnvironment
    ) -> LoadResult {
        load(text: text(replacements), environment: environment)
    }

    static func load(text: String, environment: ConfigurationEnvironment = noEnvironment) -> LoadResult {
        GatewayConfiguration.load(bytes: Array(text.utf8), environment: environment)
    }

    /// With these routes, each `{…}` without the service, which is `orders`.
    static func load(_ replacements: [String: String?] = [:], routes: [String]) -> LoadResult {
        let routes = routes.map { $0.replacing("}", with: #", "service": "orders" }"#) }
        let text = "[\n" + routes.joined(separator: ",\n") + "\n]"
        return load(replacements.merging(["routes": text]) { $1 })
    }
}

extension LoadResult {
    /// What stands behind line and column.
    var summaries: [String] {
        faults.map { fault in
            let place = "\(fault.file):\(fault.line ?? 0):\(fault.column ?? 0): "
            return String(fault.description.dropFirst(place.count))
        }
    }
}

/// A file of this repository.
func repositoryFile(_ path: String) throws -> String {
    var root = #filePath
    for _ in 0..<3 { root = String(root[..<(root.lastIndex(of: "/") ?? root.startIndex)]) }
    let bytes = try ConfigurationEnvironment.live.contents(root + "/" + path).get()
    return String(decoding: bytes, as: UTF8.self)
}
