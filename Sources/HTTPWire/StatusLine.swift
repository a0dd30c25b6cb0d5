/// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 section 4).
struct StatusLine {
    var version = HTTPVersion.http11
    var status = 0
    var reason = ByteSlice.empty

    init() {}

    /// Rejects what cannot become a response from its first bytes.
    @inline(__always)
    static func checkBeginning(_ bytes: RawSpan) throws(WireFault) {
        for offset in 0..<min(bytes.byteCount, 5) {
            // "HTTP/" as a little-endian word.
            guard bytes.byte(offset) == UInt8(truncatingIfNeeded: 0x2F_5054_5448 as UInt64 >> UInt64(offset &* 8))
            else {
                throw .malformedStatusLine
            }
        }
    }

    /// Reads one line with its CRLF. The space before an empty reason phrase may be missing, as many services omit it,
    /// which is unambiguous.
    @inline(__always)
    init(_ bytes: RawSpan) throws(WireFault) {
        let lineEnd = bytes.byteCount &- 2
        guard lineEnd >= 12, bytes.byte(8) == Byte.space else { throw .malformedStatusLine }
        let word = SWAR.load(bytes, 0)
        self.version = word == 0x312E_312F_5054_5448 ? .http11 : try RequestLine.otherVersion(word)
        for offset in 9..<12 {
            guard Byte.isDigit(bytes.byte(offset)) else { throw .malformedStatusLine }
            self.status = self.status &* 10 &+ Int(bytes.byte(offset) &- Byte.zero)
        }
        guard self.status >= 100, self.status < 600 else { throw .malformedStatusLine }
        guard lineEnd > 12 else { return }
        guard bytes.byte(12) == Byte.space, FieldLine.contentEnd(bytes, from: 13) == lineEnd else {
            throw .malformedStatusLine
        }
        self.reason = ByteSlice(from: 13, to: lineEnd)
    }
}
