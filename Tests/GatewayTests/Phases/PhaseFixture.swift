import Configuration
import Logging
import NIOEmbedded

@testable import Gateway

/// Configurations for the tests of single phases, read from their text.
enum PhaseFixture {
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    static let secret = "0123456789abcdef0123456789abcdef"

    /// - Parameter members: in place of these here or beside them, as JSON.
    static func configuration(_ members: [String: String] = [:]) throws -> GatewayConfiguration {
        var all = [
            "listeners": #"[{"address":"127.0.0.1:0"}]"#,
            "wechat": wechat(["a": nil]),
            "tokens": tokens(),
            "services": #"{"s":{"targets":["http://127.0.0.1:2"]}}"#,
            "routes": #"[{"path":"/a","service":"s"}]"#,
        ]
        all.merge(members) { $1 }
        let text = "{" + all.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",\n") + "}"
        let result = GatewayConfiguration.load(bytes: Array(text.utf8))
        guard let configuration = result.configuration else {
            throw Refused(description: result.faults.map { "\($0)" }.joined(separator: "\n"))
        }
        return configuration
    }

    static func tokens(_ more: String = "") -> String {
        #"{"issuer":"i","signingKeys":[{"id":"k","algorithm":"HS256","secret":{"value":"\#(secret)"}}]\#(more)}"#
    }

    /// Apps by id, with their `statuses`.
    static func wechat(_ apps: [String: String?]) -> String {
        let apps = apps.map { id, statuses in
            #"{"appId":"\#(id)","secret":{"value":"x"}\#(statuses.map { #","statuses":"\#($0)""# } ?? "")}"#
        }
        return #"{"apps":[\#(apps.joined(separator: ","))]}"#
    }

    /// The routes of a configuration, with clusters that connect to nothing.
    static func table(_ configuration: GatewayConfiguration) -> RouteTable {
        let settings = GatewaySettings(configuration)
        let resolver = NameResolver()
        resolver.stop()
        let upstream = Upstream(
            configuration,
            tls: [:],
            limits: settings.wireLimits,
            log: LimitedLog(Logger(label: "test")),
            resolver: resolver
        )
        let loop = LoopContext(eventLoop: EmbeddedEventLoop(), shortestTimeout: settings.shortestTimeout)
        return RouteTable(
            configuration,
            clusters: upstream.clusters(configuration, loop: loop).map(\.cluster),
            clientKeys: settings.clientKeys,
            rateLimits: RateLimits(configuration)
        )
    }

    static func settings(_ members: [String: String] = [:]) throws -> GatewaySettings {
        GatewaySettings(try configuration(members))
    }
}
