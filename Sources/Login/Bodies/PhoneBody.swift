/// The body of `POST /auth/phone`.
enum PhoneBody {
    /// From the button `getPhoneNumber`, not from wx.login.
    case code(String)
    case sealed(OpenDataBody.Sealed)

    /// If the client sends both, the code wins: it needs no session_key, and WeChat itself returns the number.
    ///
    /// - Parameter takesSealed: whether encrypted data are accepted.
    init(_ bytes: [UInt8], takesSealed: Bool) throws(EndpointBody.Fault) {
        let body = try EndpointBody(bytes, example: #"{"code": "<from the getPhoneNumber button>"}"#)
        guard !body.has("code") else {
            self = .code(try body.text("code", from: "get it from the getPhoneNumber button"))
            return
        }
        guard takesSealed else {
            throw EndpointBody.Fault(message: #"send "code": encrypted phone numbers are not accepted here"#)
        }
        guard let sealed = try OpenDataBody(body).sealed else {
            throw EndpointBody.Fault(message: #"send "code", or "encryptedData" and "iv""#)
        }
        self = .sealed(sealed)
    }
}
