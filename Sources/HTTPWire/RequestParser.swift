package import NIOCore

/// Requests of HTTP/1.1 and 1.0 (RFC 9112), strict where a lenient reading could be another than the service's.
///
/// A value without I/O: bytes in, a head or a fault out, at any split of the input. No byte is copied and none is searched
/// twice for the head's end; the head is validated in one pass once it is complete. One parser serves a connection: after
/// a head, call again when the request's body was read from the buffer.
package struct RequestParser: Sendable {
    private let limits: HTTPLimits
    private let names: FieldNames
    private var scanner = HeadScanner()
    private var line = RequestLine()
    private var emptyLines = 0
    private var fault: WireFault?

    /// - Parameters:
    ///   - limits: bound the request line and the header section.
    ///   - names: the fields to recognize, with the configured ones.
    package init(limits: HTTPLimits = HTTPLimits(), names: FieldNames = .standard) {
        self.limits = limits
        self.names = names
    }

    /// Whether bytes of a request have been seen that is not complete: an idle connection and a slow head differ here.
    package private(set) var hasBegun = false

    /// Parses the readable bytes. The content of `head` is valid only after `.head`.
    ///
    /// On `.head` the reader index of `buffer` is at the first byte of the body, and the head's arena is a slice of
    /// `buffer`. On `.needMore` the bytes stay in `buffer`, except for empty lines before the request (RFC 9112 section
    /// 2.2).
    package mutating func parse(_ buffer: inout ByteBuffer, into head: inout RequestHead) -> ParseResult {
        if let fault = self.fault { return .fault(fault) }
        do throws(WireFault) {
            guard try self.skipEmptyLines(&buffer), let end = try self.read(buffer.readableBytesSpan, into: &head),
                let arena = buffer.readSlice(length: end)
            else { return .needMore }
            head.arena = arena
            self.scanner = HeadScanner()
            self.emptyLines = 0
            self.hasBegun = false
            return .head
        } catch {
            head.release()
            self.fault = error
            return .fault(error)
        }
    }

    /// - Returns: false if there is nothing else yet.
    @inline(__always)
    private mutating func skipEmptyLines(_ buffer: inout ByteBuffer) throws(WireFault) -> Bool {
        guard !self.hasBegun else { return true }
        while buffer.readableBytes > 0 {
            let first = buffer.readableBytesSpan.byte(0)
            guard first == Byte.carriageReturn || first == Byte.lineFeed else {
                self.hasBegun = true
                return true
            }
            if first == Byte.lineFeed { throw .bareLineFeed }
            guard self.emptyLines < 2 else { throw .tooManyEmptyLines }
            guard buffer.readableBytes > 1 else { return false }
            guard buffer.readableBytesSpan.byte(1) == Byte.lineFeed else { throw .bareCarriageReturn }
            buffer.moveReaderIndex(forwardBy: 2)
            self.emptyLines += 1
        }
        return false
    }

    /// - Returns: where the head ends; nil where it is not complete.
    @inline(__always)
    private mutating func read(_ bytes: RawSpan, into head: inout RequestHead) throws(WireFault) -> Int? {
        precondition(bytes.byteCount <= Int(Int32.max), "offsets in a head are 32 bits wide")
        if self.scanner.isFresh, let end = self.readAtOnce(bytes, into: &head) { return end }
        if self.scanner.fieldsStart == 0 { try RequestLine.checkBeginning(bytes) }
        while true {
            switch try self.scanner.step(bytes, limits: self.limits, firstLineFault: .requestLineTooLong) {
            case .needMore: return nil
            case .firstLine: self.line = try RequestLine(bytes.extracting(0..<self.scanner.fieldsStart))
            case .end(let end):
                return try self.fill(&head, bytes.extracting(0..<end), from: self.scanner.fieldsStart)
            }
        }
    }

    /// The fast path: a complete head without faults, without a search for line ends.
    ///
    /// - Returns: nil in every other case; the scan then decides, independently of the split.
    @inline(__always)
    private mutating func readAtOnce(_ bytes: RawSpan, into head: inout RequestHead) -> Int? {
        guard let lineFeed = bytes.lineFeed(from: 0), lineFeed > 0, lineFeed < self.limits.requestLine &+ 2,
            bytes.byte(lineFeed &- 1) == Byte.carriageReturn,
            let line = try? RequestLine(bytes.extracting(0..<(lineFeed &+ 1)))
        else { return nil }
        self.line = line
        let fieldsStart = lineFeed &+ 1
        guard let end = try? self.fill(&head, bytes, from: fieldsStart),
            end &- fieldsStart <= self.limits.headerBlock, head.fields.count <= self.limits.headerCount
        else { return nil }
        return end
    }

    /// Reads the field lines up to the empty one.
    ///
    /// - Returns: where the head ends.
    private func fill(
        _ head: inout RequestHead,
        _ bytes: RawSpan,
        from fieldsStart: Int
    ) throws(WireFault) -> Int {
        head.fields.removeAll(keepingCapacity: true)
        var builder = RequestHeadBuilder(self.line)
        var offset = fieldsStart
        while !bytes.isLineEnd(offset) {
            let field = try FieldLine.read(bytes, at: &offset, names: self.names)
            try builder.append(field, bytes, names: self.names, to: &head.fields)
        }
        try builder.finish(&head, bytes, names: self.names, fieldsEnd: offset)
        return offset &+ 2
    }
}
