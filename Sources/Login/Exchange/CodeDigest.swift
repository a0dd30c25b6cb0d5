import Cryptography
import WeChat

/// A code of an app.
struct CodeExchange: Hashable {
    let appID: String
    let code: LoginCode
}

/// Keyed digests of codes: a digest does not allow guessing the code.
struct CodeDigests: Sendable {
    private let key: [UInt8]

    /// - Parameter secret: what gateways that share digests have in common; nil for digests of this process alone.
    init(secret: [UInt8]?) throws(CryptographyError) {
        guard let secret else {
            key = try SecureRandom.bytes(32)
            return
        }
        let none: [UInt8] = []
        let info = Array("menshen code digest 1".utf8)
        key = try HKDF.deriveKey(from: secret.span, salt: none.span, info: info.span, count: 32)
    }

    func digest(_ exchange: CodeExchange) throws(CryptographyError) -> CodeMemory.Digest {
        try digest(appID: exchange.appID, code: exchange.code.text)
    }

    func digest(appID: String, code: String) throws(CryptographyError) -> CodeMemory.Digest {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        let message = Array("\(appID.utf8.count):\(appID)\(code)".utf8)
        let key = key
        let code = try HMACSHA256.code(of: message.span, key: key.span)
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            words.0 = words.0 << 8 | UInt64(code[index])
            words.1 = words.1 << 8 | UInt64(code[index + 8])
        }
        return CodeMemory.Digest(high: words.0, low: words.1)
    }
}

extension CodeMemory.Digest {
    /// 32 hexadecimal digits, as part of a name in the store.
    var text: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}
