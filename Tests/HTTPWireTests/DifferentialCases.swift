import NIOCore
import RandomJSON

/// Makes inputs: a well-formed message, then some damage of the kinds that parsers disagree about.
struct CaseGenerator {
    var random: SeededGenerator

    init(seed: UInt64) {
        self.random = SeededGenerator(seed: seed)
    }

    mutating func request() -> ByteBuffer {
        var text = self.oneRequest()
        if self.chance(4) { text += self.oneRequest() }
        return self.damaged(text)
    }

    mutating func response() -> ByteBuffer {
        let version = self.pick(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"])
        let status = self.pick([
            "200 OK", "200 OK", "204 No Content", "304 Not Modified", "404 Not Found", "500 ", "103 Hints",
        ])
        var text = "\(version) \(status)\r\n"
        for _ in 0..<self.below(3) { text += self.pick(Self.otherLines) + "\r\n" }
        text += self.framedBody()
        if status.hasPrefix("103") { text += "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        return self.damaged(text)
    }

    private mutating func oneRequest() -> String {
        let method = self.pick(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"])
        let target = self.pick(["/", "/a/b?c=d", "/%41;x=y?q=%20&", "http://h/abs?x", "*", "/long/path/with/segments"])
        let version = self.pick(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"])
        var text = "\(method) \(method == "OPTIONS" ? target : target == "*" ? "/" : target) \(version)\r\nHost: h\r\n"
        for _ in 0..<self.below(3) { text += self.pick(Self.otherLines) + "\r\n" }
        return text + self.framedBody()
    }

    /// Framing fields, the empty line and the body they announce.
    private mutating func framedBody() -> String {
        switch self.below(4) {
        case 0: return "\r\n"
        case 1: return "Content-Length: 5\r\n\r\nhello"
        case 2: return "Content-Length: 0\r\n\r\n"
        default:
            let chunks = self.pick([
                "5\r\nhello\r\n0\r\n\r\n", "1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
                "0\r\n\r\n",
            ])
            return "Transfer-Encoding: chunked\r\n\r\n" + chunks
        }
    }

    private static let otherLines = [
        "Accept: */*", "User-Agent: Mozilla/5.0 (X)", "Connection: keep-alive", "Connection: close", "Cookie: a=b; c=d",
        "X-Custom:\tvalue ", "Empty:", "Expect: 100-continue", "X-Long: 0123456789abcdefghijklmnopqrstuvwxyz",
        "Content-Type: application/json", "Connection: X-Custom", "Set-Cookie: a=b",
    ]

    private static let splices = [
        "\r", "\n", "\r\n", "\r\n\r\n", "\n\n", "\0", "\t", " ", "  ", ":", ": ", ",", ";", "\u{B}", "\u{7F}", "\u{80}",
        "\u{E9}",
        "+", "-", "0x", "0", "1", "5", "9", "f", "G", "_", ".", "#", "\\", "\"", "(", "@", "/", "?", "%", "[", "]", "*",
        "\r\n ", "\r\n\t", "Content-Length: 5\r\n", "Content-Length: 6\r\n", "Content-Length: +5\r\n",
        "content-length:5,5\r\n",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n", "Transfer_Encoding: chunked\r\n", "Host: i\r\n", "Host: h\r\n",
        "Host: h:80\r\n",
        "Connection: upgrade\r\nUpgrade: x\r\n", "Connection: content-length\r\n", "Connection: close, x\r\n",
        "Expect: x\r\n",
        " HTTP/1.1", "HTTP/1.1", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "CONNECT ", "GET ", "get ", "PRI ", "FOO ",
        "http://",
        "ffffffffffffffff", "99999999999999999999", "9007199254740993", "chunked", ";ext=\"v\"", "A : b\r\n", ": b\r\n",
        "noline\r\n",
        "101 x", "099", "1000", "600", "20",
    ].map { ByteBuffer(latin1: $0) }

    private mutating func damaged(_ text: String) -> ByteBuffer {
        var bytes = ByteBuffer(latin1: text)
        // One in eight stays as it is.
        guard !self.chance(8) else { return bytes }
        for _ in 0...self.below(3) {
            let count = bytes.readableBytes
            let at = self.below(count + 1)
            switch self.below(6) {
            case 0 where at < count:
                bytes.setInteger(UInt8(truncatingIfNeeded: self.random.next()), at: bytes.readerIndex + at)
            case 1:
                bytes = self.replacing(bytes, at..<min(count, at + 1 + self.below(4)), with: ByteBuffer())
            case 2:
                // A piece of the message again, somewhere else.
                let from = self.below(count + 1)
                let length = min(count - from, self.below(30))
                let piece = bytes.getSlice(at: bytes.readerIndex + from, length: length) ?? ByteBuffer()
                bytes = self.replacing(bytes, at..<at, with: piece)
            case 3 where count > 0:
                // Cut short.
                if self.chance(3) { bytes = self.replacing(bytes, at..<count, with: ByteBuffer()) }
            default:
                let splice = Self.splices[self.below(Self.splices.count)]
                // Lines mostly go where lines begin.
                let start = splice.readableBytes > 3 && self.chance(2) ? self.lineStart(bytes, near: at) : at
                bytes = self.replacing(bytes, start..<start, with: splice)
            }
        }
        return bytes
    }

    private func lineStart(_ bytes: ByteBuffer, near offset: Int) -> Int {
        let view = bytes.readableBytesView
        var index = offset
        while index < view.count, index > 0, view[view.startIndex + index - 1] != 0x0A { index += 1 }
        return index < view.count ? index : offset
    }

    private func replacing(_ bytes: ByteBuffer, _ range: Range<Int>, with piece: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        let view = bytes.readableBytesView
        result.writeBytes(view.prefix(range.lowerBound))
        result.writeImmutableBuffer(piece)
        result.writeBytes(view.dropFirst(range.upperBound))
        return result
    }

    private mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: self.random.next() % UInt64(bound)) }

    private mutating func chance(_ oneIn: Int) -> Bool { self.below(oneIn) == 0 }

    private mutating func pick(_ choices: [String]) -> String { choices[self.below(choices.count)] }
}
