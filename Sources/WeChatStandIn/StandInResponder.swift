import JSON
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// Routes the stand-in's requests to its state, which every connection of every loop shares.
final class StandInResponder: Responder {
    let bodyLimit = 16384
    let idleTimeout: TimeAmount

    private let apps: [String: String]?
    private let clock: @Sendable () -> NIODeadline
    private let state: NIOLockedValueBox<StandInState>

    init(apps: [String: String]?, idleTimeout: TimeAmount, clock: @escaping @Sendable () -> NIODeadline) {
        self.apps = apps
        self.idleTimeout = idleTimeout
        self.clock = clock
        state = NIOLockedValueBox(StandInState(apps: apps))
    }

    func answer(_ request: ServedRequest) -> Answer {
        if request.path == "/sns/jscode2session" { return exchange(request) }
        do throws(ControlFault) {
            guard request.bodyBytes <= Int64(bodyLimit) else {
                throw ControlFault("the body is over \(bodyLimit) bytes")
            }
            switch (request.method, request.path) {
            case (.POST, "/stand-in/codes"): return try issueCode(request.body)
            case (.POST, "/stand-in/faults"): return try addFault(request.body)
            case (.DELETE, "/stand-in/faults"):
                state.withLockedValue { $0.clearFaults() }
                return faultsPending()
            case (.GET, "/stand-in/calls"): return calls()
            case (_, "/stand-in/codes"): return Self.wrongMethod(allow: "POST")
            case (_, "/stand-in/faults"): return Self.wrongMethod(allow: "POST, DELETE")
            case (_, "/stand-in/calls"): return Self.wrongMethod(allow: "GET")
            default: return Self.refusal("no such path on the stand-in", status: .notFound)
            }
        } catch {
            return Self.refusal(error.message, status: .badRequest)
        }
    }

    private func exchange(_ request: ServedRequest) -> Answer {
        var random = SystemRandomNumberGenerator()
        let now = clock()
        guard request.method == .GET else {
            return state.withLockedValue { $0.wrongMethod(using: &random) }.answer
        }
        func value(_ name: String) -> String? {
            let text = request.parameter(name)
            return text == "" ? nil : text
        }
        let call = ExchangeRequest(
            appID: value("appid"),
            secret: value("secret"),
            code: value("js_code"),
            grantType: value("grant_type")
        )
        return state.withLockedValue { $0.exchange(call, now: now, using: &random) }.answer
    }

    private func issueCode(_ body: [UInt8]) throws(ControlFault) -> Answer {
        let order = try CodeOrder(body)
        if let apps, let appID = order.appID, apps[appID] == nil {
            throw ControlFault("\"appId\" is none of the stand-in's apps")
        }
        var random = SystemRandomNumberGenerator()
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

    private func addFault(_ body: [UInt8]) throws(ControlFault) -> Answer {
        let fault = try Fault(body)
        state.withLockedValue { $0.add(fault) }
        return faultsPending()
    }

    private func faultsPending() -> Answer {
        let pending = state.withLockedValue { $0.faults.pending }
        return Self.object { $0.member("pending", pending) }
    }

    private func calls() -> Answer {
        let (calls, pending) = state.withLockedValue { ($0.calls, $0.faults.pending) }
        return Self.object { writer in
            writer.member("codesIssued", calls.codesIssued)
            writer.member("exchanges", calls.exchanges)
            writer.name("outcomes")
            writer.beginObject()
            for (outcome, count) in calls.outcomes.sorted(by: { $0.key < $1.key }) { writer.member(outcome, count) }
            writer.endObject()
            writer.member("faultsPending", pending)
        }
    }

    private static func object(_ members: (inout JSONWriter) -> Void) -> Answer {
        .json(JSONWriter.object(members))
    }

    private static func wrongMethod(allow: String) -> Answer {
        var answer = refusal("this path wants \(allow)", status: .methodNotAllowed)
        answer.headers.append(("allow", allow))
        return answer
    }

    private static func refusal(_ message: String, status: HTTPResponseStatus) -> Answer {
        .json(JSONWriter.object { $0.member("error", message) }, status: status)
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
