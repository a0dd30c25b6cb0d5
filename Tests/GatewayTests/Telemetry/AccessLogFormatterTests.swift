import JSON
import NIOCore
import Testing

@testable import Gateway

@Suite("An access-log line")
struct AccessLogFormatterTests {
    private func line(_ record: borrowing AccessRecord) -> String {
        var formatter = AccessLogFormatter()
        var buffer = ByteBuffer()
        formatter.write(record, into: &buffer)
        return String(buffer: buffer)
    }

    private var full: AccessRecord {
        var record = AccessRecord()
        record.milliseconds = 1_795_226_724_123
        record.method = "POST"
        record.route = Array("/api/orders/**".utf8)
        record.requestID = Array("019a5c1e-7d2b-7c3a-9f00-0123456789ab".utf8)
        record.clientAddress = Array("203.0.113.9".utf8)
        record.userID = Array("u-1".utf8)
        record.service = Array("orders".utf8)
        record.target = Array("127.0.0.1:9001".utf8)
        record.status = 403
        record.code = 30000
        record.reason = "UPSTREAM_STATUS"
        record.serviceStatus = 401
        record.duration = 1234
        record.firstByte = 1200
        record.connect = 0
        record.bytesIn = 17
        record.bytesOut = 4_294_967_296
        return record
    }

    @Test("Everything that a record can hold")
    func everything() {
        var record = full
        record.flags = [.reused, .retried, .loggedIn, .truncated]
        record.closeReason = "the client disconnected"
        #expect(
            line(record) == """
                {"type":"access","time":"2026-11-21T02:05:24.123Z","method":"POST","route":"/api/orders/**",\
                "status":403,"code":30000,"reason":"UPSTREAM_STATUS",\
                "requestId":"019a5c1e-7d2b-7c3a-9f00-0123456789ab","client":"203.0.113.9","userId":"u-1",\
                "service":"orders","target":"127.0.0.1:9001","serviceStatus":401,"durationUs":1234,\
                "firstByteUs":1200,"connectUs":0,"bytesIn":17,"bytesOut":4294967296,"reused":true,"retried":true,\
                "loggedIn":true,"truncated":true,"close":"the client disconnected"}

                """
        )
    }

    @Test("What has no value is left out")
    func nothing() {
        #expect(
            line(AccessRecord()) == """
                {"type":"access","time":"1970-01-01T00:00:00.000Z","method":"","status":0,"durationUs":0,\
                "bytesIn":0,"bytesOut":0}

                """
        )
    }

    @Test("Each flag by itself")
    func flags() {
        let flags: [(AccessRecord.Flags, String)] = [
            (.reused, "reused"), (.retried, "retried"), (.loggedIn, "loggedIn"), (.truncated, "truncated"),
        ]
        for (flag, name) in flags {
            var record = AccessRecord()
            record.flags = flag
            #expect(line(record).hasSuffix(",\"\(name)\":true}\n"))
        }
    }

    @Test(
        "Hostile bytes cannot leave their string",
        arguments: [
            ("\",\"status\":200,\"x\":\"", #"\",\"status\":200,\"x\":\""#),
            ("a\r\n{\"type\":\"access\"}\n", #"a\r\n{\"type\":\"access\"}\n"#),
            ("\\", #"\\"#), ("\u{0}\u{1f}\u{7f}", #"\u0000\u001f\u007f"#),
            ("\u{9b}2J\u{1b}[31m", #"\u009b2J\u001b[31m"#), ("\u{2028}\u{2029}", #"\u2028\u2029"#),
            ("门神", "门神"),
        ]
    )
    func hostile(_ value: String, _ expected: String) {
        var record = AccessRecord()
        record.otherMethod = Array(value.utf8)
        record.requestID = Array(value.utf8)
        let line = line(record)
        #expect(line.contains("\"method\":\"\(expected)\","))
        #expect(line.contains("\"requestId\":\"\(expected)\","))
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
    }

    @Test("Broken UTF-8 becomes U+FFFD")
    func brokenUTF8() {
        var record = AccessRecord()
        record.userID = [0x61, 0xC3, 0x28, 0xFF, 0xED, 0xA0, 0x80]
        #expect(line(record).contains("\"userId\":\"a\u{FFFD}(\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\""))
    }

    @Test("A text is cut, also within a character")
    func longText() throws {
        var record = AccessRecord()
        record.otherMethod = [UInt8](repeating: UInt8(ascii: "M"), count: 100_000)
        record.userID = Array(String(repeating: "神", count: 1000).utf8)
        let node = try JSONReader().read(Array(line(record).utf8.dropLast()))
        #expect(node["method"]?.string == String(repeating: "M", count: AccessLogFormatter.maximumText))
        #expect(node["userId"]?.string == String(repeating: "神", count: 85) + "\u{FFFD}")
    }

    @Test("The longest line there can be fits its reckoning")
    func longest() throws {
        let text = [UInt8](repeating: 1, count: 1000)
        for number in [Int.min, .max] {
            var record = AccessRecord()
            record.milliseconds = Int64(number)
            (record.otherMethod, record.route, record.requestID, record.clientAddress) = (text, text, text, text)
            (record.userID, record.service, record.target) = (text, text, text)
            (record.status, record.code, record.serviceStatus) = (number, number, number)
            (record.duration, record.bytesIn, record.bytesOut) = (Int64(number), Int64(number), Int64(number))
            (record.firstByte, record.connect) = (.max, .max)
            record.reason = "A_REASON_THAT_IS_LONGER_THAN_ANY_OTHER_REASON_OF_THE_CONTRACT"
            record.closeReason = "a reason for closing that is longer than any other reason for closing"
            record.flags = Array(0..<8).reduce(into: []) { $0.insert(.init(rawValue: 1 << UInt8($1))) }
            let node = try JSONReader().read(Array(line(record).utf8.dropLast()))
            #expect(node["status"]?.integer == Int64(number))
            #expect(node["target"]?.string == String(repeating: "\u{1}", count: AccessLogFormatter.maximumText))
        }
    }

    @Test("Every byte in every place of a word is taken for what it is")
    func plainWords() {
        for byte in UInt8.min ... .max {
            let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            for place in 0..<8 {
                for filling in [UInt64(0x20), 0x21, 0x23, 0x5B, 0x5D, 0x7E] {
                    let others = filling &* 0x0101_0101_0101_0101 & ~(0xFF << UInt64(place * 8))
                    #expect(PlainText.isPlain(others | UInt64(byte) << UInt64(place * 8)) == isPlain)
                }
            }
        }
    }

    @Test("Numbers of every length")
    func numbers() throws {
        var values: [Int64] = [0, .max, .min]
        var power: Int64 = 1
        for _ in 0..<18 {
            values += [power - 1, power, power + 1, -power, power / 7 * 5]
            power *= 10
        }
        for value in values {
            var record = AccessRecord()
            record.bytesOut = value
            #expect(line(record).hasSuffix(",\"bytesOut\":\(value)}\n"))
        }
        for value in stride(from: UInt32(0), to: 100_000_000, by: 7919) {
            let word = DecimalText.digits(value)
            let read = (0..<8).reduce(UInt32(0)) { $0 * 10 + UInt32(truncatingIfNeeded: word >> UInt64($1 * 8) & 0xFF) }
            #expect(read == value)
        }
    }

    @Test("Any record is one line of JSON that tells the record's values")
    func property() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = Xoshiro(seed: (seed, 2, 3, 4))
        var formatter = AccessLogFormatter()
        let reader = JSONReader(duplicates: .reject, controlCharacters: .reject)
        for round in 0..<2000 {
            let record = Self.randomRecord(using: &random)
            var buffer = ByteBuffer()
            formatter.write(record, into: &buffer)
            let bytes = Array(buffer.readableBytesView)
            let node = try? reader.read(bytes)
            let isRight =
                bytes.last == UInt8(ascii: "\n") && bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F }
                && node?["status"]?.integer == Int64(record.status) && node?["durationUs"]?.integer == record.duration
                && node?["bytesIn"]?.integer == record.bytesIn && Self.tells(node?["userId"], record.userID)
                && Self.tells(node?["route"], record.route) && Self.tells(node?["target"], record.target)
                && node?["firstByteUs"]?.integer == (record.firstByte < 0 ? nil : record.firstByte)
            if !isRight {
                Issue.record("seed \(seed), round \(round): \(String(buffer: buffer))")
                return
            }
        }
    }

    /// A text of whole UTF-8 that is not cut comes back as it was.
    private static func tells(_ node: JSONNode?, _ text: [UInt8]) -> Bool {
        guard !text.isEmpty else { return node == nil }
        guard let read = node?.string else { return false }
        guard text.count <= AccessLogFormatter.maximumText, let whole = String(validating: text, as: UTF8.self) else {
            return true
        }
        return Array(read.utf8) == Array(whole.utf8)
    }

    private static func randomRecord(using random: inout Xoshiro) -> AccessRecord {
        func text(_ random: inout Xoshiro) -> [UInt8] {
            let count = Int.random(in: 0..<(random.next() % 16 == 0 ? 400 : 24), using: &random)
            switch random.next() % 4 {
            case 0: return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            case 1: return (0..<count).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
            case 2: return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() % 34) }
            default:
                let scalars = (0..<count).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
                }
                return Array(String(String.UnicodeScalarView(scalars)).utf8)
            }
        }
        func number(_ random: inout Xoshiro) -> Int64 {
            Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0...63, using: &random)
        }
        var record = AccessRecord()
        record.milliseconds = number(&random)
        record.method = random.next() % 2 == 0 ? "GET" : ""
        record.otherMethod = random.next() % 2 == 0 ? [] : text(&random)
        (record.route, record.requestID, record.clientAddress) = (text(&random), text(&random), text(&random))
        (record.userID, record.service, record.target) = (text(&random), text(&random), text(&random))
        record.status = Int(number(&random))
        record.code = Int(number(&random))
        record.reason = random.next() % 2 == 0 ? nil : "AUTH_EXPIRED"
        record.serviceStatus = Int(number(&random))
        (record.duration, record.firstByte, record.connect) = (number(&random), number(&random), number(&random))
        (record.bytesIn, record.bytesOut) = (number(&random), number(&random))
        record.flags = .init(rawValue: UInt8(truncatingIfNeeded: random.next()))
        return record
    }
}
