import JSON
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// The control requests of the stand-in, under `/stand-in/`.
extension StandInResponder {
    /// Paths and the methods that they take.
    private static let controls = [
        "/stand-in/codes": "POST", "/stand-in/phone-codes": "POST", "/stand-in/open-data": "POST",
        "/stand-in/faults": "POST, DELETE", "/stand-in/settings": "POST", "/stand-in/access-tokens": "DELETE",
        "/stand-in/calls": "GET",
    ]

    func control(_ request: ServedRequest) -> StandInResponse {
        do throws(ControlFault) {
            guard request.bodyBytes <= Int64(bodyLimit) else {
                throw ControlFault("the body is larger than \(bodyLimit) bytes")
            }
            switch (request.method, request.path) {
            case (.POST, "/stand-in/codes"): return try issueCode(request.body)
            case (.POST, "/stand-in/phone-codes"): return try issuePhoneCode(request.body)
            case (.POST, "/stand-in/open-data"): return try openData(request.body)
            case (.POST, "/stand-in/faults"): return try addFault(request.body)
            case (.DELETE, "/stand-in/faults"):
                state.withLockedValue { $0.clearFaults() }
                return faultsPending()
            case (.POST, "/stand-in/settings"): return try set(request.body)
            case (.DELETE, "/stand-in/access-tokens"):
                let now = clock()
                state.withLockedValue { $0.accessTokens.expireAll(now: now) }
                return Self.object { _ in }
            case (.GET, "/stand-in/calls"): return calls()
            default:
                guard let methods = Self.controls[request.path] else {
                    return Self.refusal("no such path on the stand-in", status: .notFound)
                }
                var response = Self.refusal("this path requires \(methods)", status: .methodNotAllowed)
                response.headers.append(("allow", methods))
                return response
            }
        } catch {
            return Self.refusal(error.message, status: .badRequest)
        }
    }

    private func issueCode(_ body: [UInt8]) throws(ControlFault) -> StandInResponse {
        let order = try CodeOrder(body)
        try checkApp(order.appID)
        var random = StandInRandom()
        let now = clock()
        let issued = state.withLockedValue { state in
            state.issueCode(
                openid: order.openid,
                unionid: order.unionid,
                appID: order.appID,
                now: now,
                using: &random
            )
        }
        return Self.object { writer in
            writer.member("code", issued.code)
            writer.member("openid", issued.openid)
        }
    }

    private func issuePhoneCode(_ body: [UInt8]) throws(ControlFault) -> StandInResponse {
        let order = try PhoneCodeOrder(body)
        try checkApp(order.appID)
        var random = StandInRandom()
        let now = clock()
        let phone = PhoneNumber(
            number: order.phoneNumber ?? WeChatText.phoneNumber(using: &random),
            countryCode: order.countryCode ?? "86",
            appID: order.appID
        )
        let code = state.withLockedValue { $0.issuePhoneCode(phone, now: now, using: &random) }
        return Self.object { writer in
            writer.member("code", code)
            writer.member("phoneNumber", phone.number)
        }
    }

    private func openData(_ body: [UInt8]) throws(ControlFault) -> StandInResponse {
        let order = try OpenDataOrder(body)
        let found = state.withLockedValue { state in
            Result { () throws(ControlFault) in try state.dataOwner(order) }
        }
        let data = try StandInOpenData(order, of: found.get(), at: Self.timestamp)
        return Self.object { writer in
            writer.member("encryptedData", data.encryptedData)
            writer.member("iv", data.iv)
            if let rawData = data.rawData { writer.member("rawData", rawData) }
            if let signature = data.signature { writer.member("signature", signature) }
        }
    }

    private func addFault(_ body: [UInt8]) throws(ControlFault) -> StandInResponse {
        let fault = try Fault(body)
        state.withLockedValue { $0.add(fault) }
        return faultsPending()
    }

    private func faultsPending() -> StandInResponse {
        let pending = state.withLockedValue { $0.faults.pending }
        return Self.object { $0.member("pending", pending) }
    }

    private func set(_ body: [UInt8]) throws(ControlFault) -> StandInResponse {
        let order = try SettingsOrder(body)
        let (delay, lifetime) = state.withLockedValue { state in
            if let delay = order.delay { state.delay = delay }
            if let lifetime = order.accessTokenLifetime { state.accessTokens.lifetime = lifetime }
            return (state.delay, state.accessTokens.lifetime)
        }
        return Self.object { writer in
            writer.member("delay", "\(delay.nanoseconds / 1_000_000)ms")
            writer.member("accessTokenLifetime", "\(lifetime.nanoseconds / 1_000_000)ms")
        }
    }

    private func calls() -> StandInResponse {
        let (calls, pending) = state.withLockedValue { ($0.calls, $0.faults.pending) }
        return Self.object { writer in
            writer.member("codesIssued", calls.codesIssued)
            writer.member("exchanges", calls.exchanges)
            writer.member("outcomes", raw: Self.json(calls.outcomes))
            writer.member("faultsPending", pending)
            writer.name("endpoints")
            writer.beginObject()
            for endpoint in Endpoint.allCases {
                let counts = calls.endpoints[endpoint] ?? CallCounters.EndpointCounts()
                writer.name(endpoint.rawValue)
                writer.beginObject()
                writer.member("calls", counts.calls)
                writer.member("outcomes", raw: Self.json(counts.outcomes))
                writer.endObject()
            }
            writer.endObject()
        }
    }

    private static func json(_ counts: [String: Int]) -> [UInt8] {
        JSONWriter.object { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { writer.member(name, count) }
        }
    }

    private func checkApp(_ appID: String?) throws(ControlFault) {
        if let apps, let appID, apps[appID] == nil { throw ControlFault("\"appId\" is not one of the stand-in's apps") }
    }

    private static func object(_ members: (inout JSONWriter) -> Void) -> StandInResponse {
        .json(JSONWriter.object(members))
    }

    static func refusal(_ message: String, status: HTTPResponseStatus) -> StandInResponse {
        .json(JSONWriter.object { $0.member("error", message) }, status: status)
    }
}
