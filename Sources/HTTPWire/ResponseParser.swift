package import NIOCore

/// Parses responses of HTTP/1.1 and 1.0 (RFC 9112) as strictly as requests: an untrustworthy response is a fault, and
/// the connection must close.
///
/// Works like `RequestParser`. Informational responses are returned as heads of their own; the caller counts them.
package struct ResponseParser: Sendable {
    private let limits: HTTPLimits
    private let names: FieldNames
    private var scanner = HeadScanner()
    private var line = StatusLine()
    private var fault: WireFault?

    /// - Parameters:
    ///   - limits: bound the status line and the header section.
    ///   - names: the fields to recognize, with the configured ones.
    package init(limits: HTTPLimits = HTTPLimits(), names: FieldNames = .standard) {
        self.limits = limits
        self.names = names
    }

    /// Whether bytes of a response have been seen that is not complete.
    package private(set) var hasBegun = false

    /// Parses the readable bytes. The content of `head` is valid only after `.head`.
    ///
    /// - Parameter requestMethod: of the corresponding request; a response to HEAD has no body.
    package mutating func parse(
        _ buffer: inout ByteBuffer,
        requestMethod: HTTPMethod,
        into head: inout ResponseHead
    ) -> ParseResult {
        if let fault = self.fault { return .fault(fault) }
        do throws(WireFault) {
            guard buffer.readableBytes > 0 else { return .needMore }
            self.hasBegun = true
            guard let end = try self.read(buffer.readableBytesSpan, to: requestMethod, into: &head),
                let arena = buffer.readSlice(length: end)
            else { return .needMore }
            head.arena = arena
            self.scanner = HeadScanner()
            self.hasBegun = false
            return .head
        } catch {
            head.release()
            self.fault = error
            return .fault(error)
        }
    }

    /// - Returns: where the head ends; nil where it is not complete.
    @inline(__always)
    private mutating func read(
        _ bytes: RawSpan,
        to method: HTTPMethod,
        into head: inout ResponseHead
    ) throws(WireFault) -> Int? {
        precondition(bytes.byteCount <= Int(Int32.max), "offsets in a head are 32 bits wide")
        if self.scanner.isFresh, let end = self.readAtOnce(bytes, to: method, into: &head) { return end }
        if self.scanner.fieldsStart == 0 { try StatusLine.checkBeginning(bytes) }
        while true {
            switch try self.scanner.step(bytes, limits: self.limits, firstLineFault: .statusLineTooLong) {
            case .needMore: return nil
            case .firstLine: self.line = try StatusLine(bytes.extracting(0..<self.scanner.fieldsStart))
            case .end(let end):
                return try self.fill(&head, bytes.extracting(0..<end), from: self.scanner.fieldsStart, to: method)
            }
        }
    }

    /// The fast path: a complete head without faults, without a search for line ends.
    ///
    /// - Returns: nil in every other case; the scan then decides, independently of the split.
    @inline(__always)
    private mutating func readAtOnce(
        _ bytes: RawSpan,
        to method: HTTPMethod,
        into head: inout ResponseHead
    ) -> Int? {
        guard let lineFeed = bytes.lineFeed(from: 0), lineFeed > 0, lineFeed < self.limits.requestLine &+ 2,
            bytes.byte(lineFeed &- 1) == Byte.carriageReturn,
            let line = try? StatusLine(bytes.extracting(0..<(lineFeed &+ 1)))
        else { return nil }
        self.line = line
        let fieldsStart = lineFeed &+ 1
        guard let end = try? self.fill(&head, bytes, from: fieldsStart, to: method),
            end &- fieldsStart <= self.limits.headerBlock, head.fields.count <= self.limits.headerCount
        else { return nil }
        return end
    }

    /// Reads the field lines up to the empty one.
    ///
    /// - Returns: where the head ends.
    private func fill(
        _ head: inout ResponseHead,
        _ bytes: RawSpan,
        from fieldsStart: Int,
        to method: HTTPMethod
    ) throws(WireFault) -> Int {
        head.fields.removeAll(keepingCapacity: true)
        var facts = FieldFacts()
        var offset = fieldsStart
        while !bytes.isLineEnd(offset) {
            let field = try FieldLine.read(bytes, at: &offset, names: self.names)
            head.fields.append(field)
            guard field.known != .unknown, !field.isAlias else { continue }
            try facts.note(field, bytes, names: self.names)
        }
        try facts.checkFraming(self.line.version)
        if facts.namesFields { FieldFacts.markHopByHop(&head.fields, bytes, names: self.names) }

        head.version = self.line.version
        head.status = self.line.status
        head.reason = self.line.reason
        head.contentLength = facts.contentLength
        head.keepAlive = facts.keepAlive(self.line.version)
        head.namesUpgrade = facts.namesUpgrade
        head.present = facts.present
        head.fieldsEnd = UInt32(truncatingIfNeeded: offset)
        self.decideBody(&head, facts, requestMethod: method)
        return offset &+ 2
    }

    /// RFC 9112 section 6.3, and whether the connection may be reused.
    ///
    /// HEAD and 304 may state a body that they do not have (RFC 9110 section 8.6, RFC 9112 section 6.1). 1xx and 204 may not:
    /// such a connection is not reused.
    @inline(__always)
    private func decideBody(_ head: inout ResponseHead, _ facts: FieldFacts, requestMethod: HTTPMethod) {
        let hasNone = requestMethod == .head || head.status < 200 || head.status == 204 || head.status == 304
        head.claimsBody = hasNone && (facts.hasCoding || (facts.contentLength ?? 0) > 0)
        if hasNone {
            head.framing = .none
            head.reusable = head.keepAlive && (!head.claimsBody || head.status >= 200 && head.status != 204)
        } else if facts.isChunked {
            head.framing = .chunked
            head.reusable = head.keepAlive
        } else if let length = facts.contentLength {
            head.framing = .length(length)
            head.reusable = head.keepAlive
        } else {
            head.framing = .untilClose
            head.reusable = false
        }
    }
}
