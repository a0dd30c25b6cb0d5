package import Cryptography
package import NIOCore
import TLS

/// A local stand-in for api.weixin.qq.com that behaves like WeChat (always HTTP 200 and `text/plain`, no errcode for a
/// successful login, single-use codes of five minutes, a `rid` in each errmsg, a new session_key with each login, idle
/// connections closed after 20 s): `jscode2session`, `getuserphonenumber`, `stable_token`, `checksession`. It also has
/// controls of its own, described in docs/stand-in.md:
///
/// - `POST /stand-in/codes {"openid"?, "unionid"?, "appId"?}` returns `{"code","openid"}`;
/// - `POST /stand-in/phone-codes {"phoneNumber"?, "countryCode"?, "appId"?}` returns `{"code","phoneNumber"}`;
/// - `POST /stand-in/open-data {"openid" | "code", "kind": "userInfo" | "phone", …}` returns what a Mini Program would
///   get;
/// - `POST /stand-in/faults {"fault", "endpoint"?, "count"?, "delay"?, "errcode"?}` makes the next calls fail in a
///   chosen way, `DELETE /stand-in/faults` undoes this;
/// - `POST /stand-in/settings {"delay"?, "accessTokenLifetime"?}`, `DELETE /stand-in/access-tokens` invalidates all
///   tokens;
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
    ///   - address: rejected with `SampleServerError.notLoopback` unless it is a loopback address.
    ///   - port: 0 lets the kernel choose.
    ///   - identity: the certificate for https; plain http if nil. Applies to endpoints and controls.
    ///   - apps: appId to secret; nil accepts every app and every secret.
    ///   - idleTimeout: WeChat's own is about 20 s.
    ///   - clock: measures the lifetime of codes.
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
