import Cryptography
import Glibc
import Testing
import WeChat

/// Data with wrong padding were refused before their JSON was read, and so sooner than others: a padding oracle.
@Suite("Nobody can tell by the time what was wrong with open data")
struct PaddingOracleTests {
    /// Much JSON, so that reading it takes most of the time.
    private static let json =
        #"{"openId":"o","x":["# + String(repeating: "[],", count: 8000) + "0],\(SealedData.watermark)}"

    /// The least processor time of many tries, in nanoseconds: whatever else the machine does only adds to it.
    private static func time(_ data: String, iv: String, key: String) -> Int {
        var least = Int.max
        for _ in 0..<30 {
            let start = processorTime()
            #expect(throws: OpenDataFault()) {
                try OpenData.userInfo(encryptedData: data, iv: iv, sessionKey: key, appID: "wx1")
            }
            least = min(least, processorTime() - start)
        }
        return least
    }

    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    @Test("wrong padding is looked at as long as wrong JSON")
    func time() throws {
        let (key, iv) = (try SecureRandom.bytes(16), try SecureRandom.bytes(16))
        let plaintext = Array(Self.json.utf8)
        let data = try AES128CBC.encrypt(plaintext.span, key: key.span, iv: iv.span)
        // Of the last block but one, which is spoilt either way: the last byte is about the padding, the first about the text.
        var (padding, text) = (data, data)
        padding[data.count - 17] ^= 0x80
        text[data.count - 32] ^= 0x80
        let isPadded = try AES128CBC.decryptUnjudged(padding.span, key: key.span, iv: iv.span).isPadded
        try #require(!isPadded && plaintext.count % 16 != 0)
        let (vector, secret) = (Base64.encode(iv.span), Base64.encode(key.span))
        let padded = Self.time(Base64.encode(text.span), iv: vector, key: secret)
        let unpadded = Self.time(Base64.encode(padding.span), iv: vector, key: secret)
        #expect(unpadded > padded * 3 / 4, "\(unpadded) ns and \(padded) ns")
    }
}
