import APICalls
import JSON

/// Reads the answer of `jscode2session`, leniently where WeChat needs it: the content type is ignored, `errcode` may be
/// a string, the body may hold raw control characters. What goes into headers and tokens is checked strictly.
enum SessionAnswer {
    private static let reader = JSONReader(duplicates: .keepLast, controlCharacters: .tolerate, maximumDepth: 16)
    private static let longestField = 128

    static func read(_ response: APIResponse) -> Result<WeChatSession, WeChatFailure> {
        let unintelligible = WeChatFailure(.unintelligible(status: response.status))
        guard response.status == 200, let answer = try? reader.read(response.body), answer.members != nil,
            let errcode = errcode(answer)
        else { return .failure(unintelligible) }
        guard errcode == 0 else {
            let rid = answer["errmsg"]?.string.flatMap { Self.rid(in: $0) }
            return .failure(WeChatFailure(WeChatFailure.Kind(errcode: errcode), errcode: errcode, rid: rid))
        }
        guard let openid = answer["openid"]?.string, isFit(openid),
            let sessionKey = answer["session_key"]?.string, isFit(sessionKey),
            let unionid = unionid(answer)
        else { return .failure(unintelligible) }
        return .success(WeChatSession(openid: openid, unionid: unionid.isEmpty ? nil : unionid, sessionKey: sessionKey))
    }

    /// 0 where it is absent; nil where it is no number.
    private static func errcode(_ answer: JSONNode) -> Int64? {
        guard let node = answer["errcode"], !node.isNull else { return 0 }
        return node.integer ?? node.string.flatMap { Int64($0) }
    }

    /// Empty where it is absent; nil where it is not fit.
    private static func unionid(_ answer: JSONNode) -> String? {
        guard let node = answer["unionid"], !node.isNull else { return "" }
        guard let text = node.string else { return nil }
        return text.isEmpty || isFit(text) ? text : nil
    }

    private static func isFit(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longestField && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// From `invalid code, rid: 5f9b6c1e-0a1b2c3d-4e5f6071`.
    private static func rid(in errmsg: String) -> String? {
        let text = Array(errmsg.utf8)
        let mark = Array("rid:".utf8)
        guard text.count > mark.count,
            let start = (0...(text.count - mark.count)).last(where: { text[$0...].starts(with: mark) })
        else { return nil }
        let rid = text[(start + mark.count)...].drop { $0 == UInt8(ascii: " ") }.prefix { isRidByte($0) }.prefix(64)
        return rid.isEmpty ? nil : String(decoding: rid, as: UTF8.self)
    }

    private static func isRidByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
