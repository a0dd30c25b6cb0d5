import JSON
import NIOCore
import NIOHTTP1

extension Exchange {
    /// The exchange as WeChat would send it, spoiled by its fault.
    var response: StandInResponse {
        var response =
            switch fault?.kind {
            case .reset: StandInResponse.reset
            case .html:
                // An overloaded front end of a data centre: a page with status 200.
                StandInResponse.text("<html><body><h1>Busy</h1></body></html>\n", type: "text/html")
            case .http500:
                StandInResponse.text("Internal Server Error\n", type: "text/plain", status: .internalServerError)
            default: wechatJSON(body)
            }
        if fault?.kind == .cut { response.ending = .cut }
        response.delay = max(fault?.delay ?? .zero, delay)
        return response
    }

    private func wechatJSON(_ body: [UInt8]) -> StandInResponse {
        StandInResponse(contentType: "text/plain", body: body)
    }

    private var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch result {
        case .success(let sessionKey, let openid, let unionid):
            if fault?.kind != .missingSessionKey { writer.member("session_key", sessionKey) }
            if fault?.kind != .missingOpenID { writer.member("openid", openid) }
            if let unionid { writer.member("unionid", unionid) }
            writeSpoiledOK(&writer)
        case .phoneNumber(let phone, let appID, let timestamp):
            writeOK(&writer)
            writer.member("phone_info", raw: phone.json(appID: appID, timestamp: timestamp))
        case .accessToken(let text, let expiresIn):
            writer.member("access_token", text)
            writer.member("expires_in", expiresIn)
            writeSpoiledOK(&writer)
        case .valid:
            writeOK(&writer)
        case .refusal(let errcode, let errmsg):
            if fault?.kind == .errcodeAsString {
                writer.member("errcode", String(errcode))
            } else {
                writer.member("errcode", errcode)
            }
            if fault?.kind == .controlCharacters {
                writer.member("errmsg", raw: Self.controlCharacters(errmsg))
            } else {
                writer.member("errmsg", errmsg)
            }
        }
        writer.endObject()
        return writer.bytes
    }

    /// Some calls return 0 and "ok" beside the result, others do not.
    private func writeOK(_ writer: inout JSONWriter) {
        if fault?.kind == .errcodeAsString || fault?.kind == .controlCharacters {
            writeSpoiledOK(&writer)
        } else {
            writer.member("errcode", 0)
            writer.member("errmsg", "ok")
        }
    }

    private func writeSpoiledOK(_ writer: inout JSONWriter) {
        if fault?.kind == .errcodeAsString { writer.member("errcode", "0") }
        if fault?.kind == .controlCharacters { writer.member("errmsg", raw: Self.controlCharacters("ok")) }
    }

    /// A string with a raw U+0001 and a raw tabulator, which RFC 8259 forbids and WeChat has been seen to send.
    private static func controlCharacters(_ text: String) -> [UInt8] {
        Array("\"\u{1}\(text)\t\"".utf8)
    }
}
