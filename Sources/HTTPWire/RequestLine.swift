/// `method SP request-target SP HTTP-version` (RFC 9112 section 3).
struct RequestLine {
    var method = HTTPMethod.get
    var methodName = ByteSlice.empty
    var form = TargetForm.origin
    var target = ByteSlice.empty
    var path = ByteSlice.empty
    var query: ByteSlice?
    var targetAuthority: ByteSlice?
    var defaultPort = 80
    var version = HTTPVersion.http11

    /// Methods up to this length are checked before their line is complete.
    private static let earlyBytes = 32

    /// Rejects what cannot become a request (a TLS hello, another protocol) from its first bytes.
    @inline(__always)
    static func checkBeginning(_ bytes: RawSpan) throws(WireFault) {
        let end = min(bytes.byteCount, Self.earlyBytes)
        var offset = 0
        while offset < end {
            let byte = bytes.byte(offset)
            if byte == Byte.space && offset > 0 { return }
            guard Byte.isToken(byte) else { throw .invalidMethod }
            offset &+= 1
        }
    }

    init() {}

    /// Reads one line, its CRLF included.
    @inline(__always)
    init(_ bytes: RawSpan) throws(WireFault) {
        let lineEnd = bytes.byteCount &- 2
        var offset = 0
        while offset < lineEnd, bytes.byte(offset) != Byte.space {
            guard Byte.isToken(bytes.byte(offset)) else { throw .invalidMethod }
            offset &+= 1
        }
        guard offset > 0 else { throw .invalidMethod }
        guard offset < lineEnd else { throw .malformedRequestLine }
        self.methodName = ByteSlice(from: 0, to: offset)

        let start = offset &+ 1
        let stop = try Self.targetEnd(bytes, from: start)
        guard stop > start, stop < lineEnd else { throw .malformedRequestLine }
        self.target = ByteSlice(from: start, to: stop)
        self.version = try Self.version(bytes, from: stop &+ 1, to: lineEnd)
        self.method = Self.method(bytes, count: Int(self.methodName.count))
        if self.method == .connect { throw .connectNotSupported }
        if bytes.byte(start) == Byte.slash {
            self.split(bytes, pathStart: start)
        } else {
            try self.readOtherForm(bytes)
        }
    }

    /// The first space; everything before it is checked.
    @inline(__always)
    private static func targetEnd(_ bytes: RawSpan, from start: Int) throws(WireFault) -> Int {
        var offset = start
        // Nine bytes of version and line end follow a target, so that whole words see all of it.
        while offset &+ 8 <= bytes.byteCount {
            let stops = SWAR.targetStops(SWAR.load(bytes, offset))
            if stops == 0 {
                offset &+= 8
                continue
            }
            offset &+= stops.trailingZeroBitCount >> 3
            let byte = bytes.byte(offset)
            guard byte == Byte.space else {
                throw byte == Byte.carriageReturn ? .malformedRequestLine : .illegalTargetByte
            }
            return offset
        }
        throw .malformedRequestLine
    }

    @inline(__always)
    private static func version(_ bytes: RawSpan, from start: Int, to end: Int) throws(WireFault) -> HTTPVersion {
        // "HTTP/x.y" as a little-endian word; at least the CRLF of the line follows.
        guard end &- start == 8 else { throw .malformedVersion }
        let word = SWAR.load(bytes, start)
        if word == 0x312E_312F_5054_5448 { return .http11 }
        return try Self.otherVersion(word)
    }

    /// Any version but 1.1.
    @inline(never)
    static func otherVersion(_ word: UInt64) throws(WireFault) -> HTTPVersion {
        let major = UInt8(truncatingIfNeeded: word >> 40)
        let minor = UInt8(truncatingIfNeeded: word >> 56)
        // "HTTP/" and the dot.
        guard word & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448, Byte.isDigit(major), Byte.isDigit(minor) else {
            throw .malformedVersion
        }
        guard major == Byte.zero + 1 else { throw .versionNotSupported }
        return minor == Byte.zero ? .http10 : .http11
    }

    @inline(__always)
    private mutating func split(_ bytes: RawSpan, pathStart: Int) {
        let end = self.target.end
        var offset = pathStart
        while offset < end {
            let marks = SWAR.equal(SWAR.load(bytes, offset), Byte.question)
            offset &+= marks == 0 ? 8 : marks.trailingZeroBitCount >> 3
            if marks != 0 { break }
        }
        // The last word may reach into the version.
        offset = min(offset, end)
        self.path = ByteSlice(from: pathStart, to: offset)
        if offset < end { self.query = ByteSlice(from: offset &+ 1, to: end) }
    }

    @inline(never)
    private mutating func readOtherForm(_ bytes: RawSpan) throws(WireFault) {
        let start = Int(self.target.start)
        let end = self.target.end
        if bytes.byte(start) == Byte.asterisk {
            guard self.target.count == 1, self.method == .options else { throw .invalidTarget }
            self.form = .asterisk
            self.path = self.target
            return
        }
        let authorityStart: Int
        if end - start >= 7, bytes.equalsIgnoringCase(ByteSlice(from: start, to: start + 7), "http://") {
            authorityStart = start + 7
        } else if end - start >= 8, bytes.equalsIgnoringCase(ByteSlice(from: start, to: start + 8), "https://") {
            authorityStart = start + 8
            self.defaultPort = 443
        } else {
            throw .invalidTarget
        }
        var offset = authorityStart
        while offset < end, bytes.byte(offset) != Byte.slash, bytes.byte(offset) != Byte.question {
            if bytes.byte(offset) == Byte.at { throw .userinfoInTarget }
            offset += 1
        }
        let authority = ByteSlice(from: authorityStart, to: offset)
        guard HostAuthority.isValid(bytes, authority) else { throw .invalidTarget }
        self.targetAuthority = authority
        self.form = .absolute
        self.split(bytes, pathStart: offset)
        if self.method == .options, self.path.isEmpty, self.query == nil {
            // An empty path means the server as a whole (RFC 9112 section 3.2.4).
            self.form = .asterisk
        }
    }

    @inline(__always)
    private static func method(_ bytes: RawSpan, count: Int) -> HTTPMethod {
        // At least a target and a version follow in the line, so eight bytes are present.
        guard count < 8 else { return .other }
        switch SWAR.load(bytes, 0) & ((1 &<< UInt64(count &* 8)) &- 1) {
        case 0x54_4547: return .get
        case 0x4441_4548: return .head
        case 0x5453_4F50: return .post
        case 0x54_5550: return .put
        case 0x4554_454C_4544: return .delete
        case 0x48_4354_4150: return .patch
        case 0x53_4E4F_4954_504F: return .options
        case 0x54_4345_4E4E_4F43: return .connect
        case 0x45_4341_5254: return .trace
        default: return .other
        }
    }
}
