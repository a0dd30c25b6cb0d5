import JSON

/// The body of `POST /auth/login`.
struct LoginBody {
    /// Why a body is refused: what the client's developer should change. It quotes nothing of the body.
    struct Fault: Error {
        let message: String
    }

    private static let maximumSize = 16 * 1024
    private static let reader = JSONReader(maximumDepth: 16, maximumSize: maximumSize)

    let code: String
    let appID: String?

    init(_ bytes: [UInt8]) throws(Fault) {
        guard !bytes.isEmpty else {
            throw Fault(message: #"the body is empty; send {"code": "<from wx.login>"} as JSON"#)
        }
        guard bytes.count <= Self.maximumSize else {
            throw Fault(message: "the body is larger than \(Self.maximumSize) bytes")
        }
        let body: JSONNode
        do throws(JSONSyntaxError) {
            body = try Self.reader.read(bytes)
        } catch {
            throw Fault(message: "the body is not JSON: byte \(error.offset)")
        }
        guard body.members != nil else { throw Fault(message: "the body must be a JSON object") }
        guard let code = body["code"] else { throw Fault(message: #""code" is missing; wx.login gives it"#) }
        guard let code = code.string else { throw Fault(message: #""code" must be a string"#) }
        guard !code.isEmpty else { throw Fault(message: #""code" is empty; wx.login gives it"#) }
        self.code = code
        guard let appID = body["appId"] else {
            self.appID = nil
            return
        }
        guard let appID = appID.string else { throw Fault(message: #""appId" must be a string, or left out"#) }
        self.appID = appID
    }
}
