import NIOCore

/// The WeChat error codes the stand-in gives by itself, with the texts that WeChat's answers carry.
enum WeChatError: Int, Sendable {
    case busy = -1
    case invalidGrantType = 40002
    case invalidAppID = 40013
    case invalidCode = 40029
    case invalidSecret = 40125
    case codeUsed = 40163
    case userBlocked = 40226
    case appFrozen = 40243
    case missingAppID = 41002
    case missingSecret = 41004
    case missingCode = 41008
    case codeExpired = 42003
    case requireGet = 43001
    case dailyQuota = 45009
    case rateLimit = 45011
    case userLimited = 50002

    var text: String {
        switch self {
        case .busy: "system error"
        case .invalidGrantType: "invalid grant_type"
        case .invalidAppID: "invalid appid"
        case .invalidCode: "invalid code"
        case .invalidSecret: "invalid appsecret"
        case .codeUsed: "code been used"
        case .userBlocked: "code blocked"
        case .appFrozen: "invalid appsecret, appsecret has been frozen"
        case .missingAppID: "appid missing"
        case .missingSecret: "appsecret missing"
        case .missingCode: "missing code"
        case .codeExpired: "code expired"
        case .requireGet: "require GET method"
        case .dailyQuota: "reach max api daily quota limit"
        case .rateLimit: "api minute-quota reach limit, must slower, retry next minute"
        case .userLimited: "user limited"
        }
    }
}

/// Who a code was made for.
struct CodeOwner: Sendable, Equatable {
    var openid: String
    var unionid: String?
    /// The only app that may exchange the code; nil: any.
    var appID: String?
}

/// The login codes of the stand-in: single use, five minutes of life.
///
/// A code is remembered for a second life after it expired, so that an expired code (42003) and one that never was
/// (40029) can be told apart; then it is forgotten, which bounds the memory.
struct CodeBook: Sendable {
    /// WeChat's own: a code lives five minutes.
    static let lifetime = TimeAmount.minutes(5)

    private struct Entry {
        var owner: CodeOwner
        var issued: NIODeadline
        var isUsed = false
    }

    private var entries: [String: Entry] = [:]
    /// Codes in the order of their making, which is the order of their end too.
    private var order: [(code: String, issued: NIODeadline)] = []
    private var firstKept = 0

    /// The number of codes remembered, dead ones too.
    var count: Int { entries.count }

    mutating func issue(_ code: String, for owner: CodeOwner, now: NIODeadline) {
        forget(now: now)
        entries[code] = Entry(owner: owner, issued: now)
        order.append((code, now))
    }

    /// Takes a code: the owner, once; after that, and for every other code, WeChat's refusal.
    mutating func spend(_ code: String, appID: String, now: NIODeadline) -> Result<CodeOwner, WeChatError> {
        forget(now: now)
        guard var entry = entries[code], entry.owner.appID == nil || entry.owner.appID == appID else {
            return .failure(.invalidCode)
        }
        if now - entry.issued >= Self.lifetime { return .failure(.codeExpired) }
        if entry.isUsed { return .failure(.codeUsed) }
        entry.isUsed = true
        entries[code] = entry
        return .success(entry.owner)
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

/// Text that looks as WeChat's does.
enum WeChatText {
    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let identifierLetters = letters + Array("-_".utf8)

    /// 32 letters and digits, the first a 0, as wx.login gives them.
    static func code(using random: inout some RandomNumberGenerator) -> String {
        "0" + text(31, of: letters, using: &random)
    }

    /// 28 characters, the first an o: openid and unionid.
    static func identifier(using random: inout some RandomNumberGenerator) -> String {
        "o" + text(27, of: identifierLetters, using: &random)
    }

    /// 16 random bytes in base64: 24 characters, the last two "==".
    static func sessionKey(using random: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        // 128 bits are 21 characters of six bits and one that carries the last two.
        let last = alphabet[Int.random(in: 0..<4, using: &random) << 4]
        return text(21, of: alphabet, using: &random) + String(decoding: [last], as: UTF8.self) + "=="
    }

    /// The request id that WeChat appends to every errmsg: three groups of eight hexadecimal digits.
    static func requestID(using random: inout some RandomNumberGenerator) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<3).map { _ in text(8, of: digits, using: &random) }.joined(separator: "-")
    }

    private static func text(
        _ count: Int,
        of alphabet: [UInt8],
        using random: inout some RandomNumberGenerator
    ) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
