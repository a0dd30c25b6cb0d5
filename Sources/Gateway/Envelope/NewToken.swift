import Cryptography
import JSON

/// A new token in a response, since the client's token is invalid or near its expiry: in `x-auth-token` and
/// `x-auth-expires-in`, and in bodies of the gateway also as `"auth":{…}`, since wx.uploadFile does not expose headers
/// (contract, section 4). Nothing prints it.
package final class NewToken: Sendable, Redacted {
    /// The token, without a scheme.
    package let token: [UInt8]
    /// In seconds, from when it was brought.
    let expiresIn: Int64
    /// Whole fields, each with its CRLF.
    let fields: [UInt8]
    /// A whole JSON member, with a comma before it.
    let member: [UInt8]

    /// - Parameter expiresIn: seconds.
    package init(_ token: String, expiresIn: Int64) {
        self.token = Array(token.utf8)
        self.expiresIn = expiresIn
        fields = Array(
            "x-auth-token: \(token)\r\nx-auth-expires-in: \(expiresIn)\r\ncache-control: private, no-store\r\n".utf8
        )
        var json = JSONWriter(reserving: self.token.count + 48)
        json.beginObject()
        json.member("token", token)
        json.member("expiresIn", expiresIn)
        json.endObject()
        member = Array(#","auth":"#.utf8) + json.bytes
    }
}
