import JSON
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
import Glibc
#endif

/// Routes requests to the stand-in's state, which all connections of all loops share.
final class StandInResponder: Responder {
    let bodyLimit = 16384
    let idleTimeout: TimeAmount

    let apps: [String: String]?
    let clock: @Sendable () -> NIODeadline
    let state: NIOLockedValueBox<StandInState>

    init(apps: [String: String]?, idleTimeout: TimeAmount, clock: @escaping @Sendable () -> NIODeadline) {
        self.apps = apps
        self.idleTimeout = idleTimeout
        self.clock = clock
        state = NIOLockedValueBox(StandInState(apps: apps))
    }

    func respond(to request: ServedRequest) -> StandInResponse {
        guard let endpoint = Endpoint.allCases.first(where: { $0.path == request.path }) else {
            return controlRefusal(request) ?? control(request)
        }
        if let refusal = apiRefusal(request) { return refusal }
        var random = StandInRandom()
        switch endpoint {
        case .codeToSession, .checkSession:
            guard request.method == .GET else {
                return state.withLockedValue { $0.refuse(.requireGet, using: &random) }.response
            }
            return endpoint == .codeToSession ? exchange(request) : checkSession(request)
        case .phoneNumber, .stableToken:
            guard request.method == .POST else {
                return state.withLockedValue { $0.refuse(.requirePost, using: &random) }.response
            }
            guard let body = try? JSONReader(maximumDepth: 8).read(request.body), body.members != nil else {
                return state.withLockedValue { $0.refuse(.dataFormat, using: &random) }.response
            }
            return endpoint == .phoneNumber ? phoneNumber(request, body) : stableToken(body)
        }
    }

    /// Seconds since 1970, for watermarks.
    static var timestamp: Int64 { Int64(time(nil)) }

    private func exchange(_ request: ServedRequest) -> StandInResponse {
        var random = StandInRandom()
        let now = clock()
        let call = ExchangeRequest(
            appID: request.value("appid"),
            secret: request.value("secret"),
            code: request.value("js_code"),
            grantType: request.value("grant_type")
        )
        return state.withLockedValue { $0.exchange(call, now: now, using: &random) }.response
    }

    private func checkSession(_ request: ServedRequest) -> StandInResponse {
        var random = StandInRandom()
        let now = clock()
        let isKnown = request.value("sig_method") == "hmac_sha256"
        return state.withLockedValue { state in
            state.checkSession(
                accessToken: request.value("access_token"),
                openid: request.value("openid"),
                signature: isKnown ? request.value("signature") : nil,
                now: now,
                using: &random
            )
        }.response
    }

    private func phoneNumber(_ request: ServedRequest, _ body: JSONNode) -> StandInResponse {
        var random = StandInRandom()
        let now = clock()
        return state.withLockedValue { state in
            state.phoneNumber(
                accessToken: request.value("access_token"),
                code: body.text("code"),
                timestamp: Self.timestamp,
                now: now,
                using: &random
            )
        }.response
    }

    private func stableToken(_ body: JSONNode) -> StandInResponse {
        var random = StandInRandom()
        let now = clock()
        let call = ExchangeRequest(
            appID: body.text("appid"),
            secret: body.text("secret"),
            grantType: body.text("grant_type")
        )
        let isForced = body["force_refresh"]?.bool ?? false
        return state.withLockedValue { $0.stableToken(call, isForced: isForced, now: now, using: &random) }.response
    }
}

extension ServedRequest {
    /// A query parameter; nil: absent or empty.
    fileprivate func value(_ name: String) -> String? {
        let text = parameter(name)
        return text == "" ? nil : text
    }
}

extension JSONNode {
    /// A member; nil: absent, empty or no string.
    fileprivate func text(_ name: String) -> String? {
        let text = self[name]?.string
        return text == "" ? nil : text
    }
}

extension JSONWriter {
    /// One object with the members that the closure writes.
    static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return writer.bytes
    }
}
