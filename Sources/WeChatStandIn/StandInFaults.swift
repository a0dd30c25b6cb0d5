import NIOCore

/// The calls of WeChat's server API that the stand-in supports, by the last part of their paths.
enum Endpoint: String, CaseIterable, Sendable {
    case codeToSession = "jscode2session"
    case phoneNumber = "getuserphonenumber"
    case stableToken = "stable_token"
    case checkSession = "checksession"

    /// As WeChat documents it.
    var path: String {
        switch self {
        case .codeToSession: "/sns/jscode2session"
        case .phoneNumber: "/wxa/business/getuserphonenumber"
        case .stableToken: "/cgi-bin/stable_token"
        case .checkSession: "/wxa/checksession"
        }
    }
}

/// How a call is made to fail.
enum FaultKind: String, CaseIterable, Sendable {
    /// WeChat's refusal with a chosen errcode.
    case errcode
    /// The correct response, delayed.
    case slow
    /// The connection is reset; the code is spent.
    case reset
    /// A page instead of JSON, status 200.
    case html
    /// Half of the correct response, then the connection closes; the code is spent.
    case cut
    /// Status 500 and no JSON.
    case http500
    /// Success without `openid`.
    case missingOpenID = "missing-openid"
    /// Success without `session_key`.
    case missingSessionKey = "missing-session-key"
    /// The correct response with errcode as a string (`"0"` on success).
    case errcodeAsString = "errcode-as-string"
    /// The correct response with raw control characters in a text.
    case controlCharacters = "control-characters"

    /// Whether it makes sense only for a login.
    var isOfLogin: Bool { self == .missingOpenID || self == .missingSessionKey }
}

/// One fault that waits for its calls.
struct Fault: Sendable, Equatable {
    var kind: FaultKind
    /// The calls that it is for.
    var endpoint = Endpoint.codeToSession
    /// The calls it still applies to.
    var count: Int = 1
    /// The delay of the response.
    var delay: TimeAmount = .zero
    /// For `.errcode`.
    var errcode: Int = WeChatError.busy.rawValue

    /// How long `.slow` waits where no delay was given.
    static let slowDelay = TimeAmount.seconds(10)
}

/// Faults in the order of their requests; each call takes one for its endpoint.
struct FaultQueue: Sendable {
    private var waiting: [Fault] = []

    /// The calls that will still fail.
    var pending: Int { waiting.reduce(0) { $0 + $1.count } }

    mutating func add(_ fault: Fault) { waiting.append(fault) }

    mutating func clear() { waiting.removeAll() }

    mutating func next(at endpoint: Endpoint) -> Fault? {
        guard let index = waiting.firstIndex(where: { $0.endpoint == endpoint }) else { return nil }
        var fault = waiting[index]
        fault.count -= 1
        if fault.count > 0 { waiting[index] = fault } else { waiting.remove(at: index) }
        return fault
    }
}
