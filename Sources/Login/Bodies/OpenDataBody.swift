import Cryptography

/// The members in which the WeChat client hands over a user's open data: sealed, signed, or both. Nothing prints them.
struct OpenDataBody: Redacted {
    struct Sealed {
        let encryptedData: String
        let iv: String
    }

    struct Signed {
        let rawData: String
        let signature: String
    }

    let sealed: Sealed?
    let signed: Signed?

    init(_ body: EndpointBody) throws(EndpointBody.Fault) {
        sealed = try body.pair("encryptedData", "iv").map { Sealed(encryptedData: $0, iv: $1) }
        signed = try body.pair("rawData", "signature").map { Signed(rawData: $0, signature: $1) }
    }

    var isEmpty: Bool { sealed == nil && signed == nil }
}
