import NIOCore
import RandomJSON
import Testing

@testable import HTTPWire

/// A request as names and values, in Latin-1.
struct RequestPieces {
    var method = "GET"
    var target = "/"
    var authority: String?
    var fields: [(name: String, value: String)] = []

    /// The request as HTTP/1.1 has it, without an authority.
    var text: String {
        "\(method) \(target) HTTP/1.1\r\n" + fields.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
    }

    init(_ method: String, _ target: String = "/", authority: String? = nil, _ fields: (String, String)...) {
        (self.method, self.target, self.authority) = (method, target, authority)
        self.fields = fields.map { (name: $0.0, value: $0.1) }
    }

    /// The pieces of a whole request of HTTP/1.1 whose lines are what they seem; nil for any other one.
    init?(_ text: String) {
        guard text.hasSuffix("\r\n\r\n"), text.utf8.first != 0x0D else { return nil }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String(String.UnicodeScalarView($0)) }.dropLast(2)
        guard lines.allSatisfy({ $0.hasSuffix("\r") }) else { return nil }
        let words = lines[0].unicodeScalars.dropLast().split(separator: " ", omittingEmptySubsequences: false)
            .map { String(String.UnicodeScalarView($0)) }
        guard words.count == 3, words[2] == "HTTP/1.1" else { return nil }
        (method, target) = (words[0], words[1])
        for line in lines.dropFirst() {
            let line = line.unicodeScalars.dropLast()
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { $0 != " " && $0 != "\t" }.map { value.index(after: $0) } ?? value.startIndex
            fields.append(
                (
                    String(String.UnicodeScalarView(line[..<colon])),
                    String(String.UnicodeScalarView(value[value.startIndex..<end]))
                )
            )
        }
    }

    func assemble(limits: HTTPLimits = HTTPLimits()) -> Outcome {
        var assembly = RequestHeadAssembly(limits: limits)
        return assemble(with: &assembly)
    }

    func assemble(with assembly: inout RequestHeadAssembly) -> Outcome {
        var head = RequestHead()
        do throws(WireFault) {
            let (method, target, authority) = (Self.bytes(method), Self.bytes(target), Self.bytes(self.authority ?? ""))
            if self.authority == nil {
                try assembly.begin(method: method.span.bytes, target: target.span.bytes)
            } else {
                try assembly.begin(
                    method: method.span.bytes,
                    target: target.span.bytes,
                    authority: authority.span.bytes
                )
            }
            for field in fields {
                try assembly.append(name: Self.bytes(field.name).span.bytes, value: Self.bytes(field.value).span.bytes)
            }
            try assembly.finish(into: &head)
        } catch {
            return .fault(error)
        }
        return .head(head.summary, rest: "")
    }

    private static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}

@Suite("A request head that comes in pieces")
struct RequestAssemblyTests {
    @Test("has the verdict and the facts that its text has")
    func verdicts() {
        var compared = 0
        for testCase in RequestCase.all {
            guard let pieces = RequestPieces(testCase.text) else { continue }
            let whole = parseRequest([testCase.text])
            let assembled = pieces.assemble()
            compared += 1
            // A name's line has no place for its faults: which of them is told may differ.
            if case .fault(.spaceBeforeColon) = whole, case .fault = assembled { continue }
            #expect(assembled == whole, "\(testCase.testDescription)")
        }
        // The tables would have to shrink by half before this says nothing.
        #expect(compared > 150)
    }

    @Test(
        "is refused where a piece reads differently from how it was given",
        arguments: [
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\r\nx-user-id: 1")), .controlByte),
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\r\n\r\nGET /x HTTP/1.1\r\nhost: h")), .controlByte),
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\nc")), .controlByte),
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\r")), .bareCarriageReturn),
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\r\n")), .controlByte),
            (RequestPieces("GET", "/", ("host", "h"), ("a", " b")), .whitespaceAroundValue),
            (RequestPieces("GET", "/", ("host", "h"), ("a", "b\t")), .whitespaceAroundValue),
            (RequestPieces("GET", "/", ("host", "h"), ("a", " ")), .whitespaceAroundValue),
            (RequestPieces("GET", "/", ("host", "h"), ("a:b", "c")), .invalidFieldName),
            (RequestPieces("GET", "/", ("host", "h"), ("x-user-id: 1\r\na", "c")), .invalidFieldName),
            (RequestPieces("GET", "/", ("host", "h"), ("\r\na", "c")), .missingColon),
            (RequestPieces("GET", "/", ("host", "h"), ("", "c")), .emptyFieldName),
            (RequestPieces("GET", "/", ("host", "h"), ("a ", "c")), .spaceBeforeColon),
            (RequestPieces("GET /x", "/", ("host", "h")), .malformedVersion),
            (RequestPieces("GET", "/ HTTP/1.1\r\nx-user-id: 1\r\na:", ("host", "h")), .malformedVersion),
            (RequestPieces("GET", "/a b", ("host", "h")), .malformedVersion),
            (RequestPieces("GET", "", ("host", "h")), .malformedRequestLine),
            (RequestPieces("", "/", ("host", "h")), .invalidMethod),
            (RequestPieces("GET", "/\u{0}", ("host", "h")), .illegalTargetByte),
        ] as [(RequestPieces, WireFault)]
    )
    func broken(_ pieces: RequestPieces, _ fault: WireFault) {
        #expect(pieces.assemble() == .fault(fault))
    }

    @Test("takes its authority for a Host field, which has to agree where there is one")
    func authority() {
        #expect(
            RequestPieces("GET", "/a?b", authority: "h:8080", ("a", "c")).assemble()
                == parseRequest(["GET /a?b HTTP/1.1\r\nhost: h:8080\r\na: c\r\n\r\n"])
        )
        let alone = RequestPieces("GET", "/", authority: "h", ("a", "c")).assemble()
        #expect(RequestPieces("GET", "/", authority: "h", ("Host", "H:80"), ("a", "c")).assemble() == alone)
        #expect(
            RequestPieces("GET", "/", authority: "h", ("host", "other")).assemble() == .fault(.authorityDiffersFromHost)
        )
        #expect(RequestPieces("GET", "/", authority: "h", ("host", "")).assemble() == .fault(.authorityDiffersFromHost))
        #expect(RequestPieces("GET", "/", authority: "a@h").assemble() == .fault(.invalidHost))
        #expect(RequestPieces("GET", "/", authority: "h\r\nx: y").assemble() == .fault(.controlByte))
        #expect(RequestPieces("GET", "/").assemble() == .fault(.missingHost))
        // Another spelling is not the field, and passes as an alias does.
        guard case .head = RequestPieces("GET", "/", authority: "h", ("ho_st", "x")).assemble() else {
            Issue.record("refused")
            return
        }
    }

    @Test("keeps to the limits that the text has to the byte")
    func limits() {
        let pieces = RequestPieces("GET", "/abc", ("host", "h"), ("a", "bc"))
        let line = "GET /abc HTTP/1.1".utf8.count
        let block = "host: h\r\na: bc\r\n\r\n".utf8.count
        for (limits, fault) in [
            (HTTPLimits(requestLine: line, headerBlock: block, headerCount: 2), nil),
            (HTTPLimits(requestLine: line - 1, headerBlock: block, headerCount: 2), .requestLineTooLong),
            (HTTPLimits(requestLine: line, headerBlock: block - 1, headerCount: 2), .headersTooLarge),
            (HTTPLimits(requestLine: line, headerBlock: block, headerCount: 1), .tooManyHeaders),
        ] as [(HTTPLimits, WireFault?)] {
            let assembled = pieces.assemble(limits: limits)
            #expect(assembled == parseRequest([pieces.text], limits: limits))
            if let fault { #expect(assembled == .fault(fault)) }
        }
    }

    @Test("is lost after a fault, whatever is still added, and closed after its end")
    func lost() throws {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        let (get, root, name, one) = (bytes("GET"), bytes("/"), bytes("a"), bytes("1"))
        let (split, host, two) = (bytes("x\r\nx-user-id: 1"), bytes("h"), bytes("/ x"))
        var assembly = RequestHeadAssembly()
        var head = RequestHead()
        for fault in ["field", "line", "authority", "end", "nothing"] {
            switch fault {
            case "field":
                try assembly.begin(method: get.span.bytes, target: root.span.bytes, authority: host.span.bytes)
                #expect(throws: WireFault.controlByte) {
                    try assembly.append(name: name.span.bytes, value: split.span.bytes)
                }
            case "line":
                #expect(throws: WireFault.malformedVersion) {
                    try assembly.begin(method: get.span.bytes, target: two.span.bytes)
                }
            case "authority":
                #expect(throws: WireFault.controlByte) {
                    try assembly.begin(method: get.span.bytes, target: root.span.bytes, authority: split.span.bytes)
                }
            case "end":
                try assembly.begin(method: get.span.bytes, target: root.span.bytes, authority: host.span.bytes)
                try assembly.finish(into: &head)
            default: assembly = RequestHeadAssembly()
            }
            #expect(throws: WireFault.self) { try assembly.append(name: name.span.bytes, value: one.span.bytes) }
            #expect(throws: WireFault.self) { try assembly.finish(into: &head) }
        }
    }

    @Test("counts Host fields that it leaves out")
    func hosts() {
        var pieces = RequestPieces("GET", "/", authority: "h")
        pieces.fields = Array(repeating: ("host", "h"), count: 100)
        #expect(pieces.assemble() == .fault(.tooManyHeaders))
    }

    @Test("begins anew after a fault and after a head")
    func reuse() {
        var assembly = RequestHeadAssembly()
        let good = RequestPieces("POST", "/a", ("host", "h"), ("content-length", "3"))
        let other = RequestPieces("GET", "/b", authority: "i")
        let bad = RequestPieces("GET", "/", ("host", "h"), ("content-length", "3"), ("content-length", "3"))
        for _ in 0..<2 {
            #expect(good.assemble(with: &assembly) == good.assemble())
            #expect(bad.assemble(with: &assembly) == .fault(.repeatedContentLength))
            #expect(other.assemble(with: &assembly) == other.assemble())
        }
    }

    @Test("agrees with the parser on random pieces")
    func random() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        let names = [
            "host", "Host", "content-length", "transfer-encoding", "connection", "x_user_id", "expect", "upgrade", "a",
            "b:c", "d ", "", "\r\n", "e\r\nf: g", "via", "x-forwarded-for",
        ]
        let values = [
            "h", "3", "03", "chunked", "close, a", "keep-alive", "100-continue", "websocket", "", " x", "y\t", "z\r\n",
            "a\r\nb: c", "\u{7F}", "\u{E9}", "x-user-id", "upgrade", "a\tb", "long enough for two words of it",
        ]
        for round in 0..<20_000 {
            var pieces = RequestPieces("GET", "/")
            pieces.method = ["GET", "POST", "G T", "CONNECT", "OPTIONS", ""].randomElement(using: &random) ?? ""
            pieces.target = ["/", "/a?b", "*", "http://h/x", "/a b", "", "h"].randomElement(using: &random) ?? ""
            pieces.fields = [("host", "h")]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                pieces.fields.append(
                    (names.randomElement(using: &random) ?? "", values.randomElement(using: &random) ?? "")
                )
            }
            let assembled = pieces.assemble()
            let parsed = parseRequest([pieces.text])
            if case .head = assembled {
                #expect(assembled == parsed, "seed \(seed), round \(round): \(pieces.text.debugDescription)")
            } else if let whole = RequestPieces(pieces.text), Self.areSame(whole, pieces) {
                // Nothing in the text hides a piece: the parser refuses it as well.
                guard case .fault = parsed else {
                    Issue.record(
                        "seed \(seed), round \(round): only the assembly refuses \(pieces.text.debugDescription)"
                    )
                    return
                }
            }
        }
    }

    private static func areSame(_ one: RequestPieces, _ other: RequestPieces) -> Bool {
        one.method == other.method && one.target == other.target && one.fields.count == other.fields.count
            && zip(one.fields, other.fields).allSatisfy { $0 == $1 }
    }
}
