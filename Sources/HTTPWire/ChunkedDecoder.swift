internal import NIOCore

/// The chunked transfer coding (RFC 9112 section 7.1), strict: a size is one to sixteen hexadecimal digits, an extension
/// follows it at once, and every line ends in CRLF.
struct ChunkedDecoder: Sendable {
    private enum State {
        case size(UInt64, digits: Int)
        case chunkExtension(UInt64)
        case sizeLineFeed(UInt64)
        case data(UInt64)
        case dataReturn, dataLineFeed
        /// Reading trailer lines; this many bytes of the current one were searched.
        case trailers(searched: Int)
    }

    private var state = State.size(0, digits: 0)
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerCount = 0
    private let limits: HTTPLimits

    /// Of all extensions of one body together.
    static let mostExtensionBytes = 256

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    mutating func next(_ buffer: inout ByteBuffer) -> BodyPart {
        do throws(WireFault) {
            while true {
                if case .data(let remaining) = self.state {
                    guard let data = BodyDecoder.take(Int(clamping: remaining), from: &buffer) else { return .needMore }
                    let left = remaining - UInt64(data.readableBytes)
                    self.state = left == 0 ? .dataReturn : .data(left)
                    return .data(data)
                }
                if case .trailers(let searched) = self.state {
                    return try self.readTrailers(&buffer, searched: searched) ? .end : .needMore
                }
                guard try self.readFraming(&buffer) else { return .needMore }
            }
        } catch {
            return .fault(error)
        }
    }

    /// Advances to the data of the next chunk, or to the trailers.
    ///
    /// - Returns: false if the bytes end before.
    private mutating func readFraming(_ buffer: inout ByteBuffer) throws(WireFault) -> Bool {
        var used = 0
        let done = try self.readFraming(buffer.readableBytesSpan, used: &used)
        buffer.moveReaderIndex(forwardBy: used)
        return done
    }

    private mutating func readFraming(_ bytes: RawSpan, used: inout Int) throws(WireFault) -> Bool {
        while used < bytes.byteCount {
            let done = try self.take(bytes.byte(used))
            used &+= 1
            if done { return true }
        }
        return false
    }

    /// - Returns: true where data or trailers begin.
    @inline(__always)
    private mutating func take(_ byte: UInt8) throws(WireFault) -> Bool {
        switch self.state {
        case .size(let size, let digits):
            if let digit = Byte.hexadecimal(byte) {
                guard digits < 16 else { throw .chunkTooLarge }
                let next = size << 4 | UInt64(digit)
                guard next <= FieldFacts.longestBody else { throw .chunkTooLarge }
                self.state = .size(next, digits: digits + 1)
                return false
            }
            guard digits > 0 else { throw .invalidChunkSize }
            switch byte {
            case Byte.carriageReturn: self.state = .sizeLineFeed(size)
            case Byte.semicolon:
                try self.countExtensionByte()
                self.state = .chunkExtension(size)
            default: throw .invalidChunkSize
            }
        case .chunkExtension(let size):
            if byte == Byte.carriageReturn {
                self.state = .sizeLineFeed(size)
            } else if byte == Byte.lineFeed {
                throw .bareLineFeed
            } else {
                guard Byte.isFieldContent(byte) else { throw .invalidChunkExtension }
                try self.countExtensionByte()
            }
        case .sizeLineFeed(let size):
            guard byte == Byte.lineFeed else { throw .bareCarriageReturn }
            self.state = size == 0 ? .trailers(searched: 0) : .data(size)
            return true
        case .dataReturn:
            guard byte == Byte.carriageReturn else { throw .missingChunkEnd }
            self.state = .dataLineFeed
        case .dataLineFeed:
            guard byte == Byte.lineFeed else { throw .missingChunkEnd }
            self.state = .size(0, digits: 0)
        case .data, .trailers:
            return true
        }
        return false
    }

    @inline(__always)
    private mutating func countExtensionByte() throws(WireFault) {
        self.extensionBytes += 1
        if self.extensionBytes > Self.mostExtensionBytes { throw .chunkExtensionsTooLong }
    }

    /// Checks and drops trailer lines, by the rules and limits of field lines.
    ///
    /// - Returns: true once the empty line was read.
    private mutating func readTrailers(_ buffer: inout ByteBuffer, searched: Int) throws(WireFault) -> Bool {
        var searched = searched
        while let length = try self.checkTrailer(buffer.readableBytesSpan, searched: searched) {
            buffer.moveReaderIndex(forwardBy: length)
            self.trailerBytes += length
            searched = 0
            if length == 2 { return true }
        }
        self.state = .trailers(searched: buffer.readableBytes)
        return false
    }

    /// - Returns: the length of the line at the start of `bytes`, its CRLF included; nil where it is not complete.
    private mutating func checkTrailer(_ bytes: RawSpan, searched: Int) throws(WireFault) -> Int? {
        guard let lineFeed = bytes.lineFeed(from: searched) else {
            guard self.trailerBytes + bytes.byteCount < self.limits.headerBlock else { throw .headersTooLarge }
            return nil
        }
        let length = lineFeed + 1
        guard self.trailerBytes + length <= self.limits.headerBlock else { throw .headersTooLarge }
        guard lineFeed > 0, bytes.byte(lineFeed - 1) == Byte.carriageReturn else { throw .bareLineFeed }
        guard length > 2 else { return length }
        self.trailerCount += 1
        guard self.trailerCount <= self.limits.headerCount else { throw .tooManyHeaders }
        var offset = 0
        _ = try FieldLine.read(bytes.extracting(0..<length), at: &offset, names: .standard)
        return length
    }
}
