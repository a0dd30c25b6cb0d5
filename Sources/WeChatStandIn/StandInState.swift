import NIOCore

/// The query of one `jscode2session` call; nil: absent or empty.
struct ExchangeRequest: Sendable {
    var appID: String?
    var secret: String?
    var code: String?
    var grantType: String?
}

/// What an exchange comes to, before it is written as an answer.
struct Exchange: Sendable, Equatable {
    enum Result: Sendable, Equatable {
        case success(sessionKey: String, openid: String, unionid: String?)
        case refusal(errcode: Int, errmsg: String)
    }

    var result: Result
    /// The fault that shapes the answer, if one was due.
    var fault: Fault?
}

/// What the stand-in knows: apps, codes, faults and counters. No socket and no clock inside.
struct StandInState: Sendable {
    /// appId to secret; nil: every app is known and every secret right.
    let apps: [String: String]?
    private var codes = CodeBook()
    private(set) var faults = FaultQueue()
    private(set) var calls = CallCounters()

    init(apps: [String: String]?) { self.apps = apps }

    /// A fresh code, with the openid it stands for.
    mutating func issueCode(
        openid: String?,
        unionid: String?,
        appID: String?,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> (code: String, openid: String) {
        let owner = CodeOwner(
            openid: openid ?? WeChatText.identifier(using: &random),
            unionid: unionid,
            appID: appID ?? onlyApp
        )
        let code = WeChatText.code(using: &random)
        codes.issue(code, for: owner, now: now)
        calls.codesIssued += 1
        return (code, owner.openid)
    }

    mutating func add(_ fault: Fault) { faults.add(fault) }

    mutating func clearFaults() { faults.clear() }

    /// One `jscode2session` call.
    ///
    /// A fault that loses or spoils the answer (`reset`, `cut`, `slow`, the missing members) spends the code all the
    /// same, as WeChat does; one that stands for a call that never got through (`html`, `http500`, `errcode` but for
    /// -1) does not.
    mutating func exchange(
        _ request: ExchangeRequest,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        calls.exchanges += 1
        let fault = faults.next()
        let requestID = WeChatText.requestID(using: &random)
        let result: Exchange.Result
        switch fault?.kind {
        case .errcode:
            let errcode = fault?.errcode ?? WeChatError.busy.rawValue
            if errcode == WeChatError.busy.rawValue { _ = attempt(request, now: now) }
            result = refusal(errcode, WeChatError(rawValue: errcode)?.text ?? "stand-in fault", requestID)
        case .html, .http500:
            result = refusal(WeChatError.busy.rawValue, WeChatError.busy.text, requestID)
        default:
            result =
                switch attempt(request, now: now) {
                case .success(let owner):
                    .success(
                        sessionKey: WeChatText.sessionKey(using: &random),
                        openid: owner.openid,
                        unionid: owner.unionid
                    )
                case .failure(.invalidCode) where request.code == Self.mockCode:
                    refusal(WeChatError.invalidCode.rawValue, "invalid code, \(Self.mockCode)", requestID)
                case .failure(let error):
                    refusal(error.rawValue, error.text, requestID)
                }
        }
        calls.count(result, fault: fault)
        return Exchange(result: result, fault: fault)
    }

    /// A call with another method than GET.
    mutating func wrongMethod(using random: inout some RandomNumberGenerator) -> Exchange {
        let error = WeChatError.requireGet
        return Exchange(
            result: refusal(error.rawValue, error.text, WeChatText.requestID(using: &random)),
            fault: nil
        )
    }

    /// What the developer tools send as a code where no app id is set.
    static let mockCode = "the code is a mock one"

    private var onlyApp: String? {
        guard let apps, apps.count == 1 else { return nil }
        return apps.keys.first
    }

    private mutating func attempt(_ request: ExchangeRequest, now: NIODeadline) -> Result<CodeOwner, WeChatError> {
        guard let appID = request.appID else { return .failure(.missingAppID) }
        guard let secret = request.secret else { return .failure(.missingSecret) }
        guard let code = request.code else { return .failure(.missingCode) }
        guard request.grantType == "authorization_code" else { return .failure(.invalidGrantType) }
        if let apps {
            guard let known = apps[appID] else { return .failure(.invalidAppID) }
            guard known == secret else { return .failure(.invalidSecret) }
        }
        return codes.spend(code, appID: appID, now: now)
    }

    private func refusal(_ errcode: Int, _ text: String, _ requestID: String) -> Exchange.Result {
        .refusal(errcode: errcode, errmsg: "\(text), rid: \(requestID)")
    }
}

/// What `GET /stand-in/calls` tells.
struct CallCounters: Sendable, Equatable {
    var codesIssued = 0
    var exchanges = 0
    /// By outcome: `ok`, an errcode, or `fault:` and the fault's name.
    var outcomes: [String: Int] = [:]

    mutating func count(_ result: Exchange.Result, fault: Fault?) {
        let outcome =
            if let fault {
                "fault:\(fault.kind.rawValue)"
            } else {
                switch result {
                case .success: "ok"
                case .refusal(let errcode, _): String(errcode)
                }
            }
        outcomes[outcome, default: 0] += 1
    }
}
