import Cryptography
import NIOCore

/// The state of the stand-in: apps, codes, users, access tokens, faults and counters. Without sockets and clocks.
struct StandInState: Sendable {
    /// appId to secret; nil: every app is known and every secret right.
    let apps: [String: String]?
    /// The delay of every response of WeChat's API.
    var delay = TimeAmount.zero
    var accessTokens = AccessTokenBook()
    private(set) var users = UserBook()
    private(set) var codes = CodeBook<CodeOwner>()
    private(set) var phoneCodes = CodeBook<PhoneNumber>()
    private(set) var faults = FaultQueue()
    private(set) var calls = CallCounters()

    init(apps: [String: String]?) { self.apps = apps }

    /// A new code, with its openid.
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
            appID: appID ?? onlyApp,
            sessionKey: WeChatText.sessionKey(using: &random)
        )
        let code = WeChatText.code(using: &random)
        codes.issue(code, for: owner, now: now)
        calls.codesIssued += 1
        return (code, owner.openid)
    }

    /// A new phone code, with its number.
    mutating func issuePhoneCode(
        _ phone: PhoneNumber,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> String {
        let code = WeChatText.phoneCode(using: &random)
        phoneCodes.issue(code, for: phone, now: now)
        return code
    }

    mutating func add(_ fault: Fault) { faults.add(fault) }

    mutating func clearFaults() { faults.clear() }

    /// One `jscode2session` call.
    ///
    /// A fault that loses or damages the response (`reset`, `cut`, `slow`, the missing members) spends the code, as at
    /// WeChat; a fault that stands for a call that did not get through (`html`, `http500`, `errcode` except -1) does
    /// not. This holds for the other calls, too.
    mutating func exchange(
        _ request: ExchangeRequest,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        let isMock = request.code == Self.mockCode
        var exchange = reply(at: .codeToSession, using: &random) { state, _ throws(WeChatError) in
            guard let appID = request.appID else { throw .missingAppID }
            guard let secret = request.secret else { throw .missingSecret }
            guard let code = request.code else { throw .missingCode }
            guard request.grantType == "authorization_code" else { throw .invalidGrantType }
            try state.checkSecret(secret, of: appID)
            let owner = try state.codes.spend(code, appID: appID, now: now).get()
            state.users.note(
                openid: owner.openid,
                appID: appID,
                sessionKey: owner.sessionKey,
                unionid: owner.unionid
            )
            return .success(sessionKey: owner.sessionKey, openid: owner.openid, unionid: owner.unionid)
        }
        if isMock, case .refusal(WeChatError.invalidCode.rawValue, let errmsg) = exchange.result, exchange.fault == nil
        {
            let rid = errmsg.dropFirst(WeChatError.invalidCode.text.count)
            let text = "\(WeChatError.invalidCode.text), \(Self.mockCode)\(rid)"
            exchange.result = .refusal(errcode: WeChatError.invalidCode.rawValue, errmsg: text)
        }
        return exchange
    }

    /// One `getuserphonenumber` call; nil: absent or empty.
    ///
    /// - Parameter timestamp: for the watermark, in seconds since 1970.
    mutating func phoneNumber(
        accessToken: String?,
        code: String?,
        timestamp: Int64,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        reply(at: .phoneNumber, using: &random) { state, _ throws(WeChatError) in
            let appID = try state.owner(of: accessToken, now: now)
            guard let code else { throw .missingCode }
            let phone = try state.phoneCodes.spend(code, appID: appID, now: now).get()
            return .phoneNumber(phone, appID: appID, timestamp: timestamp)
        }
    }

    /// One `stable_token` call; nil: absent or empty.
    mutating func stableToken(
        _ request: ExchangeRequest,
        isForced: Bool,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        reply(at: .stableToken, using: &random) { state, random throws(WeChatError) in
            guard request.grantType == "client_credential" else { throw .invalidGrantType }
            guard let appID = request.appID else { throw .missingAppID }
            guard let secret = request.secret else { throw .missingSecret }
            try state.checkSecret(secret, of: appID)
            let token = state.accessTokens.token(of: appID, isForced: isForced, now: now, using: &random)
            return .accessToken(text: token.text, expiresIn: token.expiresIn)
        }
    }

    /// One `checksession` call; nil: absent or empty.
    mutating func checkSession(
        accessToken: String?,
        openid: String?,
        signature: String?,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        reply(at: .checkSession, using: &random) { state, _ throws(WeChatError) in
            let appID = try state.owner(of: accessToken, now: now)
            guard let openid, let signature, let key = state.users.sessionKey(openid: openid, appID: appID) else {
                throw .sessionInvalid
            }
            let keyText = Array(key.utf8)
            guard let code = try? HMACSHA256.code(of: [UInt8]().span, key: keyText.span),
                Hex.encode(code.span) == signature
            else { throw .sessionInvalid }
            return .valid
        }
    }

    /// A call that came in a way which its endpoint does not take.
    mutating func refuse(
        _ error: WeChatError,
        using random: inout some RandomNumberGenerator
    ) -> Exchange {
        Exchange(result: refusal(error.rawValue, error.text, WeChatText.requestID(using: &random)), fault: nil)
    }

    /// The code that the developer tools send if no app id is set.
    static let mockCode = "the code is a mock one"

    private var onlyApp: String? {
        guard let apps, apps.count == 1 else { return nil }
        return apps.keys.first
    }

    /// Counts the call, and responds as the fault demands or by `attempt`.
    private mutating func reply<Generator: RandomNumberGenerator>(
        at endpoint: Endpoint,
        using random: inout Generator,
        _ attempt: (inout StandInState, inout Generator) throws(WeChatError) -> Exchange.Result
    ) -> Exchange {
        let fault = faults.next(at: endpoint)
        let requestID = WeChatText.requestID(using: &random)
        let result: Exchange.Result
        switch fault?.kind {
        case .errcode:
            let errcode = fault?.errcode ?? WeChatError.busy.rawValue
            if errcode == WeChatError.busy.rawValue { _ = try? attempt(&self, &random) }
            result = refusal(errcode, WeChatError(rawValue: errcode)?.text ?? "stand-in fault", requestID)
        case .html, .http500:
            result = refusal(WeChatError.busy.rawValue, WeChatError.busy.text, requestID)
        default:
            do throws(WeChatError) {
                result = try attempt(&self, &random)
            } catch {
                result = refusal(error.rawValue, error.text, requestID)
            }
        }
        calls.count(endpoint, result, fault: fault)
        return Exchange(result: result, fault: fault, delay: delay)
    }

    private func checkSecret(_ secret: String, of appID: String) throws(WeChatError) {
        guard let apps else { return }
        guard let known = apps[appID] else { throw .invalidAppID }
        guard known == secret else { throw .invalidSecret }
    }

    private func owner(of accessToken: String?, now: NIODeadline) throws(WeChatError) -> String {
        guard let accessToken else { throw .missingAccessToken }
        return try accessTokens.owner(of: accessToken, now: now).get()
    }

    private func refusal(_ errcode: Int, _ text: String, _ requestID: String) -> Exchange.Result {
        .refusal(errcode: errcode, errmsg: "\(text), rid: \(requestID)")
    }
}
