import JSON
import Sessions

/// The claims of a token with a valid signature, checked against the rules (contract section 5, RFC 7519 section 4.1,
/// RFC 9068 section 2.2). All claims are required except `iat`, `jti`, `client_id`, `nbf`, `oid`, `uid` and `phone`;
/// unknown claims are ignored.
///
/// `iat` is read but not compared with the clock: the clocks of gateways differ slightly, and one would refuse what the
/// other just issued.
struct AccessTokenClaims {
    let subject: [UInt8]
    let appID: [UInt8]
    let sessionID: [UInt8]
    /// Nil for a user of another login.
    let openid: [UInt8]?
    let unionid: [UInt8]?
    let facts: UserFacts
    let issuedAt: Int64?
    let expiresAt: Int64
    /// Nil where the token is good from the beginning of time.
    let notBefore: Int64?

    init(_ payload: JSONOutline, rules: TokenRules) throws(TokenFault) {
        var found = Found()
        for member in payload.members { try found.take(member, of: payload, rules: rules) }
        guard found.hasIssuer else { throw .issuer }
        guard let expiresAt = found.expiresAt else { throw .expiry }
        guard let subject = found.subject else { throw .subject }
        guard let sessionID = found.sessionID else { throw .session }
        guard let step = found.step else { throw .step }
        // An array may name several parties, but with two of our apps the owner of the user would be ambiguous.
        guard let app = found.app, !found.hasSeveralApps else { throw .audience }
        appID = rules.audienceTexts[app]
        if let clientID = found.clientID, !payload[clientID].isEqual(to: appID) { throw .client }
        self.expiresAt = expiresAt
        self.subject = Array(payload[subject])
        self.sessionID = Array(payload[sessionID])
        facts = UserFacts(step: step, phone: found.phone)
        openid = found.openid.map { Array(payload[$0]) }
        unionid = found.unionid.map { Array(payload[$0]) }
        issuedAt = found.issuedAt
        notBefore = found.notBefore
    }
}

/// Claims while they are being collected.
private struct Found {
    var hasIssuer = false
    /// The first configured app of `aud`, as its place among them.
    var app: Int?
    /// Whether `aud` names further apps.
    var hasSeveralApps = false
    var clientID: JSONOutline.Text?
    var subject: JSONOutline.Text?
    var sessionID: JSONOutline.Text?
    var openid: JSONOutline.Text?
    var unionid: JSONOutline.Text?
    var step: Int?
    var phone = false
    var issuedAt: Int64?
    var expiresAt: Int64?
    var notBefore: Int64?

    mutating func take(
        _ member: JSONOutline.Member,
        of payload: JSONOutline,
        rules: TokenRules
    ) throws(TokenFault) {
        let value = member.value
        switch payload[member.name] {
        case "iss":
            guard case .string(let issuer) = value, payload[issuer].isEqual(to: rules.issuerText) else {
                throw .issuer
            }
            hasIssuer = true
        case "aud": try takeAudience(value, of: payload, configured: rules.audienceTexts)
        case "client_id": clientID = try fieldText(value, of: payload, else: .client)
        case "sub": subject = try fieldText(value, of: payload, else: .subject)
        case "sid": sessionID = try fieldText(value, of: payload, else: .session)
        case "oid": openid = try fieldText(value, of: payload, else: .openid)
        case "uid": unionid = try fieldText(value, of: payload, else: .unionid)
        case "jti": _ = try fieldText(value, of: payload, else: .tokenID)
        case "exp": expiresAt = try NumericDate.read(value, else: .expiry)
        case "nbf": notBefore = try NumericDate.read(value, else: .notBefore)
        case "iat": issuedAt = try NumericDate.read(value, else: .issuedAt)
        case "step":
            guard case .number(let step?) = value, (1...3).contains(step) else { throw .step }
            self.step = Int(step)
        case "phone":
            guard case .bool(let phone) = value else { throw .phone }
            self.phone = phone
        default: break
        }
    }

    private mutating func takeAudience(
        _ value: JSONOutline.Value,
        of payload: JSONOutline,
        configured: [[UInt8]]
    ) throws(TokenFault) {
        try payload.eachAudience(value) { name in
            guard let app = configured.firstIndex(where: { name.isEqual(to: $0) }) else { return }
            hasSeveralApps = hasSeveralApps || self.app != nil && self.app != app
            self.app = app
        }
    }

    private func fieldText(
        _ value: JSONOutline.Value,
        of payload: JSONOutline,
        else fault: TokenFault
    ) throws(TokenFault) -> JSONOutline.Text {
        guard case .string(let text) = value, FieldText.isValid(payload[text].span) else { throw fault }
        return text
    }
}

extension UserFacts {
    /// The facts of `step`, and of `phone` for a phone number without a profile.
    fileprivate init(step: Int, phone: Bool) {
        let profile = step >= 2 ? UserFacts.profile.rawValue : 0
        let phone = step == 3 || phone ? UserFacts.phone.rawValue : 0
        self.init(rawValue: profile | phone)
    }
}
