import JSON
import Sessions

/// The result for a code as gateways share it: JSON, sealed by the store.
enum SharedOutcome {
    /// A gateway holds the code and is exchanging it.
    case pending
    case login(token: MintedToken, openid: String, sessionID: String)
    case failure(LoginFailure)

    var bytes: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        switch self {
        case .pending: json.member("pending", true)
        case .login(let token, let openid, let sessionID):
            json.member("token", token.token)
            json.member("expiresIn", token.expiresIn)
            json.member("expiresAt", token.expiresAt)
            json.member("openid", openid)
            json.member("session", sessionID)
        case .failure(let failure):
            json.member("failure", failure.label)
            if let value = failure.sharedValue { json.member("value", value) }
        }
        json.endObject()
        return json.bytes
    }

    /// Nil where another version of the gateway wrote something else.
    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONReader(maximumDepth: 2, maximumSize: 64 * 1024).read(bytes) else { return nil }
        if node["pending"]?.bool == true {
            self = .pending
        } else if let label = node["failure"]?.string {
            guard let failure = LoginFailure(label: label, sharedValue: node["value"]?.integer) else { return nil }
            self = .failure(failure)
        } else {
            guard let token = node["token"]?.string, let expiresIn = node["expiresIn"]?.integer,
                let expiresAt = node["expiresAt"]?.integer, let openid = node["openid"]?.string,
                let sessionID = node["session"]?.string
            else { return nil }
            let minted = MintedToken(token: token, expiresIn: expiresIn, expiresAt: expiresAt)
            self = .login(token: minted, openid: openid, sessionID: sessionID)
        }
    }

    init(_ result: Result<CompletedLogin, LoginFailure>) {
        switch result {
        case .success(let login):
            self = .login(token: login.token, openid: login.key.openid, sessionID: login.sessionID)
        case .failure(let failure):
            self = .failure(failure)
        }
    }
}

extension LoginFailure {
    private static let connect: Int64 = -1
    private static let timeout: Int64 = -2
    private static let protocolViolation: Int64 = -3

    /// What belongs to the word.
    fileprivate var sharedValue: Int64? {
        switch self {
        case .throttled(let seconds): Int64(seconds)
        case .wechatUnavailable(let status), .resolverFailed(.status(let status)): Int64(status)
        case .resolverFailed(.connect): Self.connect
        case .resolverFailed(.timeout): Self.timeout
        case .resolverFailed(.protocolViolation): Self.protocolViolation
        default: nil
        }
    }

    fileprivate init?(label: String, sharedValue: Int64?) {
        let number = sharedValue.flatMap { Int(exactly: $0) }
        let all: [LoginFailure] = [
            .codeInvalid(mock: false), .codeInvalid(mock: true), .codeUsed, .userBlocked,
            .throttled(retryAfter: number ?? 60), .misconfigured, .wechatUnavailable(status: number ?? 502),
            .storeUnavailable, .overloaded, .internalFault, .resolverFailed(Self.resolverFault(number)),
        ]
        guard let failure = all.first(where: { $0.label == label }) else { return nil }
        self = failure
    }

    private static func resolverFault(_ number: Int?) -> ResolverFault {
        switch number.map({ Int64($0) }) {
        case connect: .connect
        case timeout: .timeout
        case let status? where status > 0: .status(Int(status))
        default: .protocolViolation
        }
    }
}
