import APICalls
import JSON

/// A response of WeChat's server API, read leniently where WeChat requires it: the content type is ignored, `errcode`
/// may be a string, and the body may contain raw control characters.
struct OpenAPIResponse {
    private static let reader = JSONReader(duplicates: .keepLast, controlCharacters: .tolerate, maximumDepth: 16)
    private static let longestIdentifier = 128

    let node: JSONNode

    /// The response if it is a success; else the failure that its `errcode` means for the call.
    static func read(_ response: APIResponse, of call: WeChatFailure.Call) -> Result<OpenAPIResponse, WeChatFailure> {
        guard response.status == 200, let node = try? reader.read(response.body), node.members != nil,
            let errcode = errcode(node)
        else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
        guard errcode == 0 else {
            let rid = node["errmsg"]?.string.flatMap { Self.rid(in: $0) }
            return .failure(WeChatFailure(.init(errcode: errcode, of: call), errcode: errcode, rid: rid))
        }
        return .success(OpenAPIResponse(node: node))
    }

    /// Fit for a header or a token: 1 to 128 visible ASCII characters.
    static func isIdentifier(_ text: String, atMost length: Int = longestIdentifier) -> Bool {
        !text.isEmpty && text.utf8.count <= length && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// A whole number, written as one or as a string.
    static func integer(_ node: JSONNode?) -> Int64? {
        node?.integer ?? node?.string.flatMap { Int64($0) }
    }

    /// 0 if it is absent; nil if it is not a number.
    private static func errcode(_ response: JSONNode) -> Int64? {
        guard let node = response["errcode"], !node.isNull else { return 0 }
        return integer(node)
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
