/// Field lines (RFC 9112 section 5), one at a time.
enum FieldLine {
    /// Reads the line at `offset`, which moves to the next one.
    @inline(__always)
    static func read(
        _ bytes: RawSpan,
        at offset: inout Int,
        names: borrowing FieldNames
    ) throws(WireFault) -> HeaderField {
        let start = offset
        let name = names.read(bytes, from: start)
        guard name.hasColon else { throw Self.nameFault(bytes, start: start, stop: name.end) }
        var valueStart = name.end &+ 1
        while valueStart < bytes.byteCount, Byte.isWhitespace(bytes.byte(valueStart)) { valueStart &+= 1 }
        let stop = Self.contentEnd(bytes, from: valueStart)
        guard bytes.isLineEnd(stop) else {
            throw stop < bytes.byteCount && bytes.byte(stop) == Byte.carriageReturn ? .bareCarriageReturn : .controlByte
        }
        var valueEnd = stop
        while valueEnd > valueStart, Byte.isWhitespace(bytes.byte(valueEnd &- 1)) { valueEnd &-= 1 }
        offset = stop &+ 2
        return HeaderField(
            name: ByteSlice(from: start, to: name.end),
            value: ByteSlice(from: valueStart, to: valueEnd),
            known: name.known,
            isAlias: name.isAlias
        )
    }

    /// The offset of the first byte that is invalid in a field value, or the end of the bytes.
    @inline(__always)
    static func contentEnd(_ bytes: RawSpan, from start: Int) -> Int {
        var offset = start
        // Two words at a time while there are none; the value's end is then within the next two.
        while offset &+ 16 <= bytes.byteCount {
            let (first, second) = SWAR.loadTwo(bytes, offset)
            guard SWAR.controls(first) | SWAR.controls(second) == 0 else { break }
            offset &+= 16
        }
        while offset &+ 8 <= bytes.byteCount {
            let controls = SWAR.controls(SWAR.load(bytes, offset))
            if controls == 0 {
                offset &+= 8
                continue
            }
            offset &+= controls.trailingZeroBitCount >> 3
            if bytes.isLineEnd(offset) || bytes.byte(offset) != Byte.tab { return offset }
            offset &+= 1
        }
        while offset < bytes.byteCount, Byte.isFieldContent(bytes.byte(offset)) { offset &+= 1 }
        return offset
    }

    @inline(never)
    private static func nameFault(_ bytes: RawSpan, start: Int, stop: Int) -> WireFault {
        let end = bytes.byteCount
        guard stop < end else { return .missingColon }
        let byte = bytes.byte(stop)
        if stop == start {
            if Byte.isWhitespace(byte) { return .lineFolding }
            if byte == Byte.colon { return .emptyFieldName }
        } else if Byte.isWhitespace(byte) {
            var offset = stop
            while offset < end, Byte.isWhitespace(bytes.byte(offset)) { offset += 1 }
            return offset < end && bytes.byte(offset) == Byte.colon ? .spaceBeforeColon : .invalidFieldName
        }
        guard byte == Byte.carriageReturn else { return .invalidFieldName }
        return stop + 1 < end && bytes.byte(stop + 1) == Byte.lineFeed ? .missingColon : .bareCarriageReturn
    }
}

/// What the fields of a head say about framing and the connection, collected line by line.
struct FieldFacts {
    /// The fields that are present under their own name.
    private(set) var present = KnownFieldSet()
    var contentLength: UInt64?
    var hasCoding = false
    var isChunked = false
    var closes = false
    var keepsAlive = false
    var namesUpgrade = false
    /// `Connection` names a field beyond those that mean something here.
    var namesFields = false
    var optionCount = 0

    /// The maximum accepted length: JSON numbers and doubles are exact up to there.
    static let longestBody: UInt64 = 1 << 53

    /// Notes a field that is known under its own name.
    @inline(__always)
    mutating func note(_ field: HeaderField, _ bytes: RawSpan, names: borrowing FieldNames) throws(WireFault) {
        self.present.insert(field.known)
        // Most fields say nothing here: what the few say stays out of the loop over all.
        switch field.known {
        case .contentLength: try self.noteContentLength(bytes, field.value)
        case .transferEncoding: try self.noteTransferEncoding(bytes, field.value)
        case .connection: try self.noteConnection(bytes, field.value, names: names)
        default: break
        }
    }

    /// `Content-Length = 1*DIGIT`, once (RFC 9112 section 6.3; stricter: a list of equal values is refused too).
    @inline(__always)
    private mutating func noteContentLength(_ bytes: RawSpan, _ value: ByteSlice) throws(WireFault) {
        guard self.contentLength == nil else { throw .repeatedContentLength }
        guard !value.isEmpty else { throw .invalidContentLength }
        var length: UInt64 = 0
        for offset in value.range {
            let byte = bytes.byte(offset)
            guard Byte.isDigit(byte) else { throw .invalidContentLength }
            length = length &* 10 &+ UInt64(byte &- Byte.zero)
            guard length <= Self.longestBody else { throw .invalidContentLength }
        }
        self.contentLength = length
    }

    /// `Transfer-Encoding: chunked`, once and alone.
    @inline(never)
    private mutating func noteTransferEncoding(_ bytes: RawSpan, _ value: ByteSlice) throws(WireFault) {
        guard !self.hasCoding, bytes.equalsIgnoringCase(value, "chunked") else { throw .unsupportedCoding }
        self.hasCoding = true
        self.isChunked = true
    }

    /// Checks that must wait for the last field (RFC 9112 section 6.1).
    @inline(__always)
    func checkFraming(_ version: HTTPVersion) throws(WireFault) {
        guard self.hasCoding else { return }
        if self.contentLength != nil { throw .lengthAndCoding }
        if version == .http10 { throw .codingInHTTP10 }
    }

    /// Whether the connection lives on (RFC 9112 section 9.3); `close` wins.
    @inline(__always)
    func keepAlive(_ version: HTTPVersion) -> Bool {
        !self.closes && (version == .http11 || self.keepsAlive)
    }
}
