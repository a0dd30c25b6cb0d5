import NIOCore
import RandomJSON

@testable import HTTPWire

/// What a parser made of some input, in a form that two runs can be compared by.
enum Outcome: Equatable, CustomStringConvertible {
    case needMore
    case fault(WireFault)
    /// A description of the head, and the bytes behind it.
    case head(String, rest: String)

    var description: String {
        switch self {
        case .needMore: "needs more"
        case .fault(let fault): "fault \(fault)"
        case .head(let head, let rest): "\(head) rest=\(rest.debugDescription)"
        }
    }
}

extension ByteBuffer {
    init(latin1 text: String) {
        self.init()
        self.writeLatin1(text)
    }

    /// Every scalar up to U+00FF is one byte, so that tables can hold any byte.
    mutating func writeLatin1(_ text: String) {
        for scalar in text.unicodeScalars { self.writeInteger(UInt8(truncatingIfNeeded: scalar.value)) }
    }

    /// The readable bytes, one scalar each.
    var latin1: String {
        var text = String.UnicodeScalarView()
        for byte in self.readableBytesView { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }

    func text(_ slice: ByteSlice) -> String {
        ByteBuffer(self.readableBytesView.dropFirst(Int(slice.start)).prefix(Int(slice.count))).latin1
    }
}

extension FieldBlock {
    /// The fields of whole lines, each with its CRLF.
    init(lines: String) {
        self.init()
        self.lines.writeString(lines)
    }
}

extension RequestHead {
    var summary: String {
        var text = "\(self.arena.text(self.methodName)) \(self.form) path=\(self.arena.text(self.path))"
        if let query = self.query { text += " query=\(self.arena.text(query))" }
        if let authority = self.authority { text += " authority=\(self.arena.text(authority))" }
        text += " \(self.version) \(self.keepAlive ? "keeps" : "closes") \(self.framing)"
        if self.expectsContinue { text += " expects" }
        if self.hasUpgrade { text += " upgrade" }
        return text + describe(self.fields, self.arena)
    }
}

extension ResponseHead {
    var summary: String {
        var text = "\(self.status) \(self.arena.text(self.reason)) \(self.version)"
        text += " \(self.keepAlive ? "keeps" : "closes") \(self.reusable ? "reusable" : "spent") \(self.framing)"
        if let length = self.contentLength { text += " claims \(length)" }
        return text + describe(self.fields, self.arena)
    }
}

private func describe(_ fields: [HeaderField], _ arena: ByteBuffer) -> String {
    fields.map { field in
        let marks = (field.isAlias ? "~" : "") + (field.isHopByHop ? "!" : "")
        return " [\(arena.text(field.name))=\(arena.text(field.value)) \(marks)\(field.known)]"
    }.joined()
}

/// Feeds `pieces` one after the other to `parse`, which says what it made of the bytes so far, and describes a head.
private func feed(_ pieces: [String], to parse: (inout ByteBuffer) -> (ParseResult, summary: String)) -> Outcome {
    var buffer = ByteBuffer()
    for (index, piece) in pieces.enumerated() {
        buffer.writeLatin1(piece)
        switch parse(&buffer) {
        case (.needMore, _): continue
        case (.fault(let fault), _): return .fault(fault)
        case (.head, let summary): return .head(summary, rest: buffer.latin1 + pieces[(index + 1)...].joined())
        }
    }
    return .needMore
}

/// Feeds `pieces` one after the other to a fresh parser.
func parseRequest(_ pieces: [String], limits: HTTPLimits = HTTPLimits(), names: FieldNames = .standard) -> Outcome {
    var parser = RequestParser(limits: limits, names: names)
    var head = RequestHead()
    return feed(pieces) { buffer in
        let result = parser.parse(&buffer, into: &head)
        guard result == .head else { return (result, "") }
        defer { head.release() }
        return (result, head.summary)
    }
}

/// Feeds `pieces` one after the other to a fresh parser.
func parseResponse(_ pieces: [String], to method: HTTPMethod = .get, limits: HTTPLimits = HTTPLimits()) -> Outcome {
    var parser = ResponseParser(limits: limits)
    var head = ResponseHead()
    return feed(pieces) { buffer in
        let result = parser.parse(&buffer, requestMethod: method, into: &head)
        guard result == .head else { return (result, "") }
        defer { head.release() }
        return (result, head.summary)
    }
}

/// What a body decoder made of some input.
struct BodyOutcome: Equatable, CustomStringConvertible {
    var data = ""
    var fault: WireFault?
    var isComplete = false
    var rest = ""

    var description: String {
        "\(self.data.debugDescription) \(self.fault.map { "fault \($0)" } ?? (self.isComplete ? "end" : "needs more"))"
    }
}

func decodeBody(_ pieces: [String], framing: BodyFraming, limits: HTTPLimits = HTTPLimits()) -> BodyOutcome {
    var decoder = BodyDecoder(framing: framing, limits: limits)
    var outcome = BodyOutcome()
    var buffer = ByteBuffer()
    for (index, piece) in pieces.enumerated() {
        buffer.writeLatin1(piece)
        reading: while true {
            switch decoder.next(&buffer) {
            case .data(let data): outcome.data += data.latin1
            case .needMore: break reading
            case .end:
                outcome.isComplete = true
                outcome.rest = buffer.latin1 + pieces[(index + 1)...].joined()
                return outcome
            case .fault(let fault):
                outcome.fault = fault
                return outcome
            }
        }
    }
    return outcome
}

/// All ways to cut a text in two, and the one that cuts it everywhere.
func everySplit(_ text: String) -> [[String]] {
    let scalars = Array(text.unicodeScalars)
    func piece(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
    var splits = [scalars.indices.map { piece($0..<($0 + 1)) }]
    if scalars.count > 1 {
        splits += (1..<scalars.count).map { [piece(0..<$0), piece($0..<scalars.count)] }
    }
    return splits
}

/// One way to cut a text into pieces of up to `longest` bytes.
func randomSplit(_ text: String, longest: Int, using random: inout SeededGenerator) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [String] = []
    var start = 0
    while start < scalars.count {
        let end = min(scalars.count, start + Int.random(in: 1...longest, using: &random))
        pieces.append(String(String.UnicodeScalarView(scalars[start..<end])))
        start = end
    }
    return pieces
}
