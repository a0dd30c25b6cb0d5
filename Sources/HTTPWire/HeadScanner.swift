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

    enum Step {
        case needMore
        /// The first line is complete: it ends, CRLF included, at `fieldsStart`.
        case firstLine
        /// The head is complete: it ends, the empty line included, at this offset.
        case end(Int)
    }

    /// Goes on to the end of the first line, then to the end of the head.
    @inline(__always)
    mutating func step(
        _ bytes: RawSpan,
        limits: HTTPLimits,
        firstLineFault: WireFault
    ) throws(WireFault) -> Step {
        while let lineFeed = bytes.lineFeed(from: self.scanned) {
            let next = lineFeed &+ 1
            let isFirst = self.fieldsStart == 0
            if isFirst {
                if next &- 2 > limits.requestLine { throw firstLineFault }
            } else if next &- self.fieldsStart > limits.headerBlock {
                throw .headersTooLarge
            }
            let length = lineFeed &- self.lineStart
            guard length > 0, bytes.byte(lineFeed &- 1) == Byte.carriageReturn else { throw .bareLineFeed }
            self.scanned = next
            self.lineStart = next
            if isFirst {
                self.fieldsStart = next
                return .firstLine
            }
            if length == 1 { return .end(next) }
            self.fieldCount &+= 1
            if self.fieldCount > limits.headerCount { throw .tooManyHeaders }
        }
        self.scanned = bytes.byteCount
        if self.fieldsStart == 0 {
            if bytes.byteCount >= limits.requestLine &+ 2 { throw firstLineFault }
        } else if bytes.byteCount &- self.fieldsStart >= limits.headerBlock {
            throw .headersTooLarge
        }
        return .needMore
    }
}
