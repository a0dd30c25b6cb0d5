import Sessions

/// The body of the operators' `POST /tokens`.
struct MintBody {
    let appID: String?
    let openid: String?
    let userID: String?
    let unionid: String?

    init(_ bytes: [UInt8]) throws(EndpointBody.Fault) {
        let body = try EndpointBody(bytes, example: #"{"userId": "…"} or {"openid": "…"}"#)
        appID = try body.text("appId")
        openid = try Self.name("openid", body)
        userID = try Self.name("userId", body)
        unionid = try Self.name("unionid", body)
        if let openid, !UserKey(appID: "", openid: openid).hasOpenid {
            throw EndpointBody.Fault(message: #""openid" contains a colon, which WeChat's openids never do"#)
        }
        guard openid != nil || userID != nil else {
            throw EndpointBody.Fault(message: #"send "openid", or "userId" for a user without an openid"#)
        }
    }

    private static func name(_ member: String, _ body: EndpointBody) throws(EndpointBody.Fault) -> String? {
        guard let text = try body.text(member) else { return nil }
        guard UserName.isUserID(text) else {
            throw EndpointBody.Fault(message: "\"\(member)\" must be \(UserName.rule)")
        }
        return text
    }
}
