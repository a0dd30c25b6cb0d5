package import Cryptography
package import NIOCore
import TLS

/// A local stand-in for api.weixin.qq.com, after WeChat's own manners (HTTP 200 and `text/plain` whatever happens, no
/// errcode on the success of a login, single-use codes of five minutes, a `rid` in each errmsg, a new session_key with each
/// login, idle connections closed after 20 s): `jscode2session`, `getuserphonenumber`, `stable_token`, `checksession`. And
/// controls of its own, described in docs/stand-in.md:
///
/// - `POST /stand-in/codes {"openid"?, "unionid"?, "appId"?}` answers `{"code","openid"}`;
/// - `POST /stand-in/phone-codes {"phoneNumber"?, "countryCode"?, "appId"?}` answers `{"code","phoneNumber"}`;
/// - `POST /stand-in/open-data {"openid" | "code", "kind": "userInfo" | "phone", …}` answers what a Mini Program would get;
/// - `POST /stand-in/faults {"fault", "endpoint"?, "count"?, "delay"?, "errcode"?}` makes the next calls fail in a chosen
///   way, `DELETE /stand-in/faults` takes that back;
/// - `POST /stand-in/settings {"delay"?, "accessTokenLifetime"?}`, `DELETE /stand-in/access-tokens` ends all tokens;
/// - `GET /stand-in/calls` counts the calls by endpoint and outcome.
///
/// For development and tests: it listens on loopback only.
package final class StandInServer: Sendable {
    private let server: LoopbackServer
    private let scheme: String

    private init(_ server: LoopbackServer, scheme: String) {
        self.server = server
        self.scheme = scheme
    }

    /// The port it listens on.
    package var port: Int { server.port }

    /// What `wechat.baseURL` is set to.
    package var baseURL: String { "\(scheme)://127.0.0.1:\(port)" }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - address: refused with `SampleServerError.notLoopback` unless it is one of this machine's loopback addresses.
    ///   - port: 0 lets the kernel choose.
    ///   - identity: https with this certificate; plain http where it is nil. Both endpoints and controls.
    ///   - apps: appId to secret; nil knows every app and takes every secret.
    ///   - idleTimeout: WeChat's own is about 20 s.
    ///   - clock: what the life of codes is measured by.
    package static func start(
        address: String = "127.0.0.1",
        port: Int,
        identity: CertifiedKey? = nil,
        apps: [String: String]? = nil,
        group: any EventLoopGroup,
        idleTimeout: TimeAmount = .seconds(20),
        clock: @escaping @Sendable () -> NIODeadline = { .now() }
    ) async throws -> StandInServer {
        let responder = StandInResponder(apps: apps, idleTimeout: idleTimeout, clock: clock)
        let tls = try identity.map { try TLSContext.server(identity: $0) }
        return StandInServer(
            try await LoopbackServer.start(responder, address: address, port: port, tls: tls, group: group),
            scheme: identity == nil ? "http" : "https"
        )
    }

    /// Stops listening and closes every connection.
    package func stop() async { await server.stop() }
}
