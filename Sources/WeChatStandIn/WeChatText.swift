/// Text that looks as WeChat's does.
enum WeChatText {
    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let identifierLetters = letters + Array("-_".utf8)

    /// 32 letters and digits, the first a 0, as wx.login gives them.
    static func code(using random: inout some RandomNumberGenerator) -> String {
        "0" + text(31, of: letters, using: &random)
    }

    /// 28 characters, the first an o: openid and unionid.
    static func identifier(using random: inout some RandomNumberGenerator) -> String {
        "o" + text(27, of: identifierLetters, using: &random)
    }

    /// 16 random bytes in base64: 24 characters, the last two "==".
    static func sessionKey(using random: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        // 128 bits are 21 characters of six bits and one that carries the last two.
        let last = alphabet[Int.random(in: 0..<4, using: &random) << 4]
        return text(21, of: alphabet, using: &random) + String(decoding: [last], as: UTF8.self) + "=="
    }

    /// The request id that WeChat appends to every errmsg: three groups of eight hexadecimal digits.
    static func requestID(using random: inout some RandomNumberGenerator) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return (0..<3).map { _ in text(8, of: digits, using: &random) }.joined(separator: "-")
    }

    /// 64 hexadecimal digits, as the phone button gives them.
    static func phoneCode(using random: inout some RandomNumberGenerator) -> String {
        text(64, of: Array("0123456789abcdef".utf8), using: &random)
    }

    /// Eleven digits, the first three a mobile network's.
    static func phoneNumber(using random: inout some RandomNumberGenerator) -> String {
        "138" + text(8, of: Array("0123456789".utf8), using: &random)
    }

    /// 136 characters, as long as WeChat's are now.
    static func accessToken(using random: inout some RandomNumberGenerator) -> String {
        text(136, of: identifierLetters, using: &random)
    }

    private static func text(
        _ count: Int,
        of alphabet: [UInt8],
        using random: inout some RandomNumberGenerator
    ) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
