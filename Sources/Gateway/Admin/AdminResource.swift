import HTTPWire
import Login

/// What stands at a path of the operators' port.
enum AdminResource: Equatable {
    case session(String)
    case sessionsOfUser(String)
    case block(String)
    case tokens
    case accessToken
    case fuse(String)
    case counters

    /// Nil where nothing stands.
    ///
    /// The path is split before its segments are decoded, each of them once: an id may have a slash, a backslash or dots, as
    /// services and other issuers know them, and its user has to be one whom an operator can block.
    init?(_ path: Span<UInt8>) throws(TargetFault) {
        guard !path.isEmpty else { return nil }
        guard path[0] == UInt8(ascii: "/") else { throw .noLeadingSlash }
        var texts: [String] = []
        var start = 1
        for index in 1...path.count where index == path.count || path[index] == UInt8(ascii: "/") {
            texts.append(try AdminResource.text(path.extracting(start..<index)))
            start = index + 1
        }
        guard texts.allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (texts.count, texts.first) {
        case (2, "sessions"): self = .session(texts[1])
        case (3, "users") where texts[2] == "sessions": self = .sessionsOfUser(texts[1])
        case (3, "users") where texts[2] == "block": self = .block(texts[1])
        case (1, "tokens"): self = .tokens
        case (2, "wechat") where texts[1] == "access-token": self = .accessToken
        case (3, "wechat") where texts[1] == "fuses": self = .fuse(texts[2])
        case (1, "counters"): self = .counters
        default: return nil
        }
    }

    private static func text(_ segment: Span<UInt8>) throws(TargetFault) -> String {
        for index in segment.indices where !PathByte.isPlain(segment[index]) && !PathByte.needsRewriting(segment[index])
        {
            throw PathByte.fault(segment[index])
        }
        guard let bytes = PercentDecoding.decoded(segment) else { throw .brokenEscape }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a method asks for; nil where it is not allowed.
    func call(_ method: HTTPMethod, query: [UInt8]) -> AdminRequest.Call? {
        switch (self, method) {
        case (.session(let id), .delete): .endSession(id)
        case (.sessionsOfUser(let userID), .delete): .endSessions(userID: userID)
        case (.block(let userID), .put): .block(userID: userID)
        case (.block(let userID), .delete): .unblock(userID: userID)
        case (.tokens, .post): .mintToken
        case (.accessToken, .get): .accessToken(appID: QueryParameters.value(of: "appId", in: query))
        case (.fuse(let appID), .delete): .resetFuse(appID: appID)
        case (.counters, .get): .counters
        default: nil
        }
    }

    /// The value of `allow`.
    var allow: [UInt8] {
        switch self {
        case .session, .sessionsOfUser, .fuse: Array("DELETE".utf8)
        case .block: Array("PUT, DELETE".utf8)
        case .tokens: Array("POST".utf8)
        case .accessToken, .counters: Array("GET".utf8)
        }
    }
}

extension AdminRequest.Call {
    /// For the access log.
    var label: [UInt8] {
        let text: StaticString =
            switch self {
            case .endSession: "/sessions/{sessionId}"
            case .endSessions: "/users/{userId}/sessions"
            case .block, .unblock: "/users/{userId}/block"
            case .mintToken: "/tokens"
            case .accessToken: "/wechat/access-token"
            case .resetFuse: "/wechat/fuses/{appId}"
            case .counters: "/counters"
            }
        return text.withUTF8Buffer { Array($0) }
    }

    /// Whom it is about.
    var userID: String? {
        switch self {
        case .endSessions(let userID), .block(let userID), .unblock(let userID): userID
        default: nil
        }
    }
}
