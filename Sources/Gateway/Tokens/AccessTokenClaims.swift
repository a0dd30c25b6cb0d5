import JSON
import Sessions

/// The claims of a token whose signature is good, checked against the rules (contract section 5, RFC 7519 section 4.1,
/// RFC 9068 section 2.2). Everything is required but `iat`, `jti`, `client_id`, `nbf`, `oid`, `uid` and `phone`; unknown
/// claims are ignored.
///
/// `iat` is read but not compared with the clock: the clocks of two gateways differ a little, and the second one would
/// refuse what the first has just issued.
struct AccessTokenClaims {
    let subject: [UInt8]
    let appID: [UInt8]
    let sessionID: [UInt8]
    /// Nil for a user who logged in elsewhere.
    let openid: [UInt8]?
    let unionid: [UInt8]?
    let facts: UserFacts
    let issuedAt: Int64?
    let expiresAt: Int64
    /// Nil where the token is good from the beginning of time.
    let notBefore: Int64?

    /// - Parameter members: of the payload, each name once.
    init(_ members: [JSONMember], rules: TokenRules) throws(TokenFault) {
        var found = Found()
        for member in members { try found.take(member, rules: rules) }
        guard found.hasIssuer else { throw .issuer }
        guard let expiresAt = found.expiresAt else { throw .expiry }
        guard let subject = found.subject else { throw .subject }
        guard let sessionID = found.sessionID else { throw .session }
        guard let step = found.step else { throw .step }
        // An array may name several parties, but two apps of ours would leave open whose user it is.
        guard found.audiences.count == 1 else { throw .audience }
        appID = found.audiences[0]
        guard found.clientID == nil || found.clientID == appID else { throw .client }
        self.expiresAt = expiresAt
        self.subject = subject
        self.sessionID = sessionID
        facts = UserFacts(step: step, phone: found.phone)
        openid = found.openid
        unionid = found.unionid
        issuedAt = found.issuedAt
        notBefore = found.notBefore
    }
}

/// Claims while they are being collected.
private struct Found {
    var hasIssuer = false
    /// Those of `aud` that are configured, each once.
    var audiences: [[UInt8]] = []
    var clientID: [UInt8]?
    var subject: [UInt8]?
    var sessionID: [UInt8]?
    var openid: [UInt8]?
    var unionid: [UInt8]?
    var step: Int?
    var phone = false
    var issuedAt: Int64?
    var expiresAt: Int64?
    var notBefore: Int64?

    mutating func take(_ member: JSONMember, rules: TokenRules) throws(TokenFault) {
        let value = member.value
        switch member.name {
        case "iss":
            guard let issuer = value.string, issuer.utf8.elementsEqual(rules.issuer.utf8) else { throw .issuer }
            hasIssuer = true
        case "aud": try takeAudience(value, configured: rules.audiences)
        case "client_id": clientID = try fieldText(value, else: .client)
        case "sub": subject = try fieldText(value, else: .subject)
        case "sid": sessionID = try fieldText(value, else: .session)
        case "oid": openid = try fieldText(value, else: .openid)
        case "uid": unionid = try fieldText(value, else: .unionid)
        case "jti": _ = try fieldText(value, else: .tokenID)
        case "exp": expiresAt = try NumericDate.read(value, else: .expiry)
        case "nbf": notBefore = try NumericDate.read(value, else: .notBefore)
        case "iat": issuedAt = try NumericDate.read(value, else: .issuedAt)
        case "step":
            guard let step = value.integer, (1...3).contains(step) else { throw .step }
            self.step = Int(step)
        case "phone":
            guard let phone = value.bool else { throw .phone }
            self.phone = phone
        default: break
        }
    }

    private mutating func takeAudience(_ value: JSONNode, configured: [String]) throws(TokenFault) {
        for element in value.elements ?? [value] {
            guard let name = element.string else { throw .audience }
            let bytes = Array(name.utf8)
            guard configured.contains(where: { $0.utf8.elementsEqual(bytes) }) else { continue }
            if !audiences.contains(bytes) { audiences.append(bytes) }
        }
    }

    private func fieldText(_ value: JSONNode, else fault: TokenFault) throws(TokenFault) -> [UInt8] {
        guard let text = value.string, FieldText.isValid(text.utf8) else { throw fault }
        return Array(text.utf8)
    }
}

extension UserFacts {
    /// What `step` says, and `phone` where it cannot: a phone number without a profile.
    fileprivate init(step: Int, phone: Bool) {
        self = []
        if step >= 2 { insert(.profile) }
        if step == 3 || phone { insert(.phone) }
    }
}
