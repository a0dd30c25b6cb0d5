import NIOCore

/// The WeChat error codes of the stand-in, with the texts of WeChat's responses.
enum WeChatError: Int, Sendable {
    case busy = -1
    case invalidCredential = 40001
    case invalidGrantType = 40002
    case invalidAppID = 40013
    case invalidCode = 40029
    case invalidSecret = 40125
    case codeUsed = 40163
    case userBlocked = 40226
    case appFrozen = 40243
    case missingAccessToken = 41001
    case missingAppID = 41002
    case missingSecret = 41004
    case missingCode = 41008
    case accessTokenExpired = 42001
    case codeExpired = 42003
    case requireGet = 43001
    case requirePost = 43002
    case dailyQuota = 45009
    case rateLimit = 45011
    case dataFormat = 47001
    case userLimited = 50002
    case sessionInvalid = 87009

    var text: String {
        switch self {
        case .busy: "system error"
        case .invalidCredential: "invalid credential, access_token is invalid or not latest"
        case .invalidGrantType: "invalid grant_type"
        case .invalidAppID: "invalid appid"
        case .invalidCode: "invalid code"
        case .invalidSecret: "invalid appsecret"
        case .codeUsed: "code been used"
        case .userBlocked: "code blocked"
        case .appFrozen: "invalid appsecret, appsecret has been frozen"
        case .missingAccessToken: "access_token missing"
        case .missingAppID: "appid missing"
        case .missingSecret: "appsecret missing"
        case .missingCode: "missing code"
        case .accessTokenExpired: "access_token expired"
        case .codeExpired: "code expired"
        case .requireGet: "require GET method"
        case .requirePost: "require POST method"
        case .dailyQuota: "reach max api daily quota limit"
        case .rateLimit: "api minute-quota reach limit, must slower, retry next minute"
        case .dataFormat: "data format error"
        case .userLimited: "user limited"
        case .sessionInvalid: "invalid signature"
        }
    }
}

/// The content of a code.
protocol CodeContent: Sendable {
    /// The only app that may exchange the code; nil: any.
    var appID: String? { get }
}

/// The user of a login code, and its session_key.
struct CodeOwner: CodeContent, Equatable {
    var openid: String
    var unionid: String?
    var appID: String?
    var sessionKey: String
}

/// The phone number of a phone code.
struct PhoneNumber: CodeContent, Equatable {
    /// Without the country's code.
    var number: String
    var countryCode: String
    var appID: String?
}

/// Codes of one kind: single use, valid for five minutes.
///
/// A code is remembered for another five minutes after it expired, so that an expired code (42003) and an unknown one
/// (40029) can be distinguished; then it is dropped, which bounds the memory.
struct CodeBook<Content: CodeContent>: Sendable {
    /// WeChat's own: a code lives five minutes.
    static var lifetime: TimeAmount { .minutes(5) }

    private struct Entry {
        var content: Content
        var issued: NIODeadline
        var isUsed = false
    }

    private var entries: [String: Entry] = [:]
    /// Codes in the order of their making, which is the order of their end too.
    private var order: [(code: String, issued: NIODeadline)] = []
    private var firstKept = 0

    /// The number of codes remembered, dead ones too.
    var count: Int { entries.count }

    mutating func issue(_ code: String, for content: Content, now: NIODeadline) {
        forget(now: now)
        entries[code] = Entry(content: content, issued: now)
        order.append((code, now))
    }

    /// The content of a code, spent or not; nil for an unknown one.
    func content(of code: String) -> Content? { entries[code]?.content }

    /// Spends a code: returns its content once; afterwards, and for every other code, WeChat's refusal.
    mutating func spend(_ code: String, appID: String, now: NIODeadline) -> Result<Content, WeChatError> {
        forget(now: now)
        guard var entry = entries[code], entry.content.appID == nil || entry.content.appID == appID else {
            return .failure(.invalidCode)
        }
        if now - entry.issued >= Self.lifetime { return .failure(.codeExpired) }
        if entry.isUsed { return .failure(.codeUsed) }
        entry.isUsed = true
        entries[code] = entry
        return .success(entry.content)
    }

    private mutating func forget(now: NIODeadline) {
        while firstKept < order.count, now - order[firstKept].issued >= .minutes(10) {
            entries[order[firstKept].code] = nil
            firstKept += 1
        }
        if firstKept > 1024, firstKept * 2 > order.count {
            order.removeFirst(firstKept)
            firstKept = 0
        }
    }
}

extension WeChatError: Error {}
