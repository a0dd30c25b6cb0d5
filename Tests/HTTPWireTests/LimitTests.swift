import NIOCore
import RandomJSON
import Testing

@testable import HTTPWire

@Suite("The limits of a head")
struct LimitTests {
    private static let limits = HTTPLimits(requestLine: 40, headerBlock: 100, headerCount: 4)

    /// At every split: a head where it fits the limits, else the fault.
    private func expectHead(of text: String, if fits: Bool, else fault: WireFault) {
        for pieces in everySplit(text) + [[text]] {
            let outcome = parseRequest(pieces, limits: Self.limits)
            if fits {
                guard case .head = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
            } else {
                #expect(outcome == .fault(fault))
            }
        }
    }

    @Test("count the request line without its end", arguments: 20...30)
    func requestLine(_ length: Int) {
        // "GET /" and " HTTP/1.1" are fourteen bytes.
        let line = "GET /\(String(repeating: "a", count: length)) HTTP/1.1"
        let fits = length + 14 <= 40
        let text = "\(line)\r\nHost: h\r\n\r\n"
        expectHead(of: text, if: fits, else: .requestLineTooLong)
    }

    @Test("refuse a line that never ends as soon as it is too long")
    func endlessLine() {
        #expect(parseRequest(["GET /", String(repeating: "a", count: 36)], limits: Self.limits) == .needMore)
        #expect(
            parseRequest(["GET /", String(repeating: "a", count: 37)], limits: Self.limits)
                == .fault(.requestLineTooLong)
        )
        #expect(
            parseResponse(["HTTP/1.1 ", String(repeating: "a", count: 40)], limits: Self.limits)
                == .fault(.statusLineTooLong)
        )
    }

    @Test("count the header block with its last line end", arguments: 80...95)
    func headerBlock(_ length: Int) {
        // "Host: h\r\n", "A: ", two line ends.
        let fits = 9 + 3 + length + 4 <= 100
        let text = "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: length))\r\n\r\n"
        expectHead(of: text, if: fits, else: .headersTooLarge)
    }

    @Test("refuse a header block that never ends")
    func endlessBlock() {
        let start = "GET / HTTP/1.1\r\nHost: h\r\nA: "
        #expect(parseRequest([start, String(repeating: "a", count: 87)], limits: Self.limits) == .needMore)
        #expect(
            parseRequest([start, String(repeating: "a", count: 88)], limits: Self.limits) == .fault(.headersTooLarge)
        )
    }

    @Test("count the fields", arguments: 3...6)
    func headerCount(_ count: Int) {
        let text = "GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: "A: b\r\n", count: count - 1))\r\n"
        expectHead(of: text, if: count <= 4, else: .tooManyHeaders)
    }

    @Test(
        "come before what a line says, whatever the split",
        arguments: [
            "GET /\u{1}\(String(repeating: "a", count: 50)) HTTP/1.1\r\n\r\n",
            "GET /\(String(repeating: "a", count: 50))\n",
            "GET / HTTP/1.1\r\nHost: h\r\nA\u{0}: \(String(repeating: "a", count: 100))\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 100))\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\n\(String(repeating: "a", count: 100))\r\n\r\n",
        ]
    )
    func order(_ text: String) {
        let whole = parseRequest([text], limits: Self.limits)
        guard case .fault = whole else {
            Issue.record("\(whole)")
            return
        }
        for pieces in everySplit(text) {
            #expect(parseRequest(pieces, limits: Self.limits) == whole, "cut after \(pieces[0].count)")
        }
    }

    @Test("hold as they are by default")
    func defaults() {
        let line = "GET /\(String(repeating: "a", count: 8192 - 14)) HTTP/1.1\r\nHost: h\r\n"
        guard case .head = parseRequest([line + "\r\n"]) else {
            Issue.record("8 KiB refused")
            return
        }
        #expect(parseRequest([line.replacing("/a", with: "/aa") + "\r\n"]) == .fault(.requestLineTooLong))
        let many = String(repeating: "A: b\r\n", count: 99)
        guard case .head = parseRequest(["GET / HTTP/1.1\r\nHost: h\r\n\(many)\r\n"]) else {
            Issue.record("100 refused")
            return
        }
        #expect(parseRequest(["GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\(many)\r\n"]) == .fault(.tooManyHeaders))
    }

    @Test("give long heads the same meaning at random splits", arguments: [11, 12, 13, 14] as [UInt64])
    func randomSplits(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var text =
                "PUT /\(String(repeating: "p/", count: Int.random(in: 0...3000, using: &random))) HTTP/1.1\r\nHost: h\r\n"
            for index in 0..<Int.random(in: 0...99, using: &random) {
                text += "X-\(index): \(String(repeating: "v", count: Int.random(in: 0...300, using: &random)))\r\n"
            }
            text += "\r\nrest"
            let whole = parseRequest([text])
            for longest in [3, 100, 4000] {
                #expect(parseRequest(randomSplit(text, longest: longest, using: &random)) == whole, "seed \(seed)")
            }
        }
    }

    @Test("cost no more time for a head that comes byte by byte")
    func drip() {
        let text = "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 30000))\r\n\r\n"
        let clock = ContinuousClock()
        var whole = parseRequest([text])
        let dripped = everySplit("x")[0] + text.unicodeScalars.map { String($0) }
        let time = clock.measure { whole = parseRequest(Array(dripped.dropFirst())) }
        guard case .head = whole else {
            Issue.record("\(whole)")
            return
        }
        // A scan from the start for each byte would take many times as long, in a debug build too.
        #expect(time < .seconds(20))
    }
}
