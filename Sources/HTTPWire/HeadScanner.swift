/// Finds the end of a head without looking at any byte twice, and refuses what breaks a limit or a line's end.
///
/// Lines are judged in the order they come and limits before contents, so that the verdict does not depend on how the
/// input was split.
struct HeadScanner {
    /// Bytes that were searched for a line feed.
    private var scanned = 0
    /// Where the current line begins.
    private var lineStart = 0
    /// Where the field lines begin; zero while the first line is not complete.
    private(set) var fieldsStart = 0
    private var fieldCount = 0

    /// No byte was read yet.
    var isFresh: Bool { self.scanned == 0 }

    enum Step {
        case needMore
        /// The first line is complete: it ends, CRLF included, at `fieldsStart`.
        case firstLine
        /// The head is complete: it ends, the empty line included, at this offset.
        case end(Int)
    }

    /// Advances to the end of the first line, then to the end of the head.
    @inline(__always)
    mutating func step(
        _ bytes: RawSpan,
        limits: HTTPLimits,
        firstLineFault: WireFault
    ) throws(WireFault) -> Step {
        self.fieldsStart == 0
            ? try self.firstLine(bytes, limit: limits.requestLine &+ 2, fault: firstLineFault)
            : try self.fieldLines(bytes, limits: limits)
    }

    @inline(__always)
    private mutating func firstLine(_ bytes: RawSpan, limit: Int, fault: WireFault) throws(WireFault) -> Step {
        guard let lineFeed = bytes.lineFeed(from: self.scanned) else {
            if bytes.byteCount >= limit { throw fault }
            self.scanned = bytes.byteCount
            return .needMore
        }
        if lineFeed >= limit { throw fault }
        guard lineFeed > 0, bytes.byte(lineFeed &- 1) == Byte.carriageReturn else { throw .bareLineFeed }
        self.fieldsStart = lineFeed &+ 1
        self.scanned = self.fieldsStart
        self.lineStart = self.fieldsStart
        return .firstLine
    }

    @inline(__always)
    private mutating func fieldLines(_ bytes: RawSpan, limits: HTTPLimits) throws(WireFault) -> Step {
        let blockEnd = self.fieldsStart &+ limits.headerBlock
        var start = self.lineStart
        var searched = self.scanned
        var count = self.fieldCount
        while let lineFeed = bytes.lineFeed(from: searched) {
            if lineFeed >= blockEnd { throw .headersTooLarge }
            guard lineFeed > start, bytes.byte(lineFeed &- 1) == Byte.carriageReturn else { throw .bareLineFeed }
            if lineFeed == start &+ 1 { return .end(lineFeed &+ 1) }
            start = lineFeed &+ 1
            searched = start
            count &+= 1
            if count > limits.headerCount { throw .tooManyHeaders }
        }
        if bytes.byteCount >= blockEnd { throw .headersTooLarge }
        self.lineStart = start
        self.scanned = bytes.byteCount
        self.fieldCount = count
        return .needMore
    }
}
