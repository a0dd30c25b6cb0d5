import NIOCore
import Testing

@testable import Sessions

@Suite("The protocol of Redis")
struct RESPTests {
    private func parse(_ text: String, by count: Int = .max) throws(RESPError) -> [RESPValue] {
        let reader = try RESPReader()
        var values: [RESPValue] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let part = rest.prefix(count)
            rest = rest.dropFirst(part.count)
            try reader.feed(ByteBuffer(bytes: part))
            while let value = try reader.next() { values.append(value) }
        }
        return values
    }

    @Test("replies of every kind, cut anywhere")
    func replies() throws {
        let text = "+OK\r\n-ERR no\r\n:-5\r\n$-1\r\n$4\r\na\r\n\0\r\n*3\r\n:1\r\n*1\r\n$0\r\n\r\n*-1\r\n*0\r\n"
        let values: [RESPValue] = [
            .status(Array("OK".utf8)), .error(Array("ERR no".utf8)), .integer(-5), .null,
            .string(Array("a\r\n\0".utf8)), .array([.integer(1), .array([.string([])]), .null]), .array([]),
        ]
        for count in 1...text.utf8.count { #expect(try parse(text, by: count) == values) }
    }

    @Test(
        "what is no reply, or larger than any that is asked for",
        arguments: [
            "HTTP/1.1 200 OK\r\n", "*2147483647\r\n", "*1048577\r\n", "*99999999999999999999\r\n", "*-2\r\n", "?\r\n",
            String(repeating: "*1\r\n", count: 40) + ":1\r\n",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: RESPError.malformed) { _ = try parse(text) }
        #expect(throws: RESPError.malformed) { _ = try parse(text, by: 1) }
    }

    @Test("a reply without end is refused at its size")
    func size() throws {
        let reader = try RESPReader()
        try reader.feed(ByteBuffer(string: "$536870911\r\n"))
        let megabyte = ByteBuffer(repeating: 0x61, count: 1 << 20)
        var fed = 0
        #expect(throws: RESPError.malformed) {
            while fed < 1000 {
                try reader.feed(megabyte)
                _ = try reader.next()
                fed += 1
            }
        }
        #expect(fed < RESPReader.largestReply >> 20 + 1)
    }

    @Test("a command's words are counted, whatever is in them")
    func command() {
        var command = RedisCommand("SET", "k\r\n$1\r\nx")
        command.append(optional: "\0")
        command.append(optional: String?.none)
        command.append(Int64.min)
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        let expected =
            "*5\r\n$3\r\nSET\r\n$8\r\nk\r\n$1\r\nx\r\n$2\r\n+\0\r\n$1\r\n-\r\n$20\r\n-9223372036854775808\r\n"
        #expect(String(buffer: buffer) == expected)
    }

    @Test(
        "an error's kind is its first word, and nothing that could be a secret",
        arguments: [
            ("NOSCRIPT No matching script", "NOSCRIPT"), ("ERR unknown", "ERR"), ("secret", "ERR"), ("", "ERR"),
            ("OOM", "OOM"),
        ]
    )
    func kinds(_ text: String, _ kind: String) {
        #expect(RESPValue.error(Array(text.utf8)).errorKind == kind)
        #expect(RESPValue.string(Array(text.utf8)).errorKind == nil)
    }

    @Test("pauses between tries grow to two seconds, with a random part")
    func backoff() {
        var generator = SystemRandomNumberGenerator()
        var backoff = RedisBackoff()
        for longest: Int64 in [100, 200, 400, 800, 1600, 2000, 2000] {
            let delay = backoff.delay(using: &generator)
            #expect(delay <= longest && delay >= longest / 2)
        }
        backoff.reset()
        #expect(backoff.delay(using: &generator) <= 100)
    }
}
