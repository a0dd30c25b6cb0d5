import CHiredis
import NIOCore

/// Why a connection to Redis cannot go on.
enum RESPError: Error, Equatable {
    /// The peer does not speak the protocol, or a reply is larger or deeper than any that is asked for.
    case malformed
    case outOfMemory
}

/// hiredis's parser. Bytes go in as they come, replies come out; after an error it is of no use any more.
///
/// The nesting is bounded by hiredis (7 levels), an array's length by the shim, a reply's size here.
final class RESPReader {
    static let largestReply = 64 * 1024 * 1024
    private static let largestArray = 1 << 20
    private static let largestSpareBuffer = 64 * 1024
    private static let deepest = 9

    private let reader: UnsafeMutablePointer<redisReader>
    /// Since the last reply that was whole.
    private var received = 0

    init() throws(RESPError) {
        guard let reader = chiredis_reader_create(Self.largestArray, Self.largestSpareBuffer) else {
            throw .outOfMemory
        }
        self.reader = reader
    }

    deinit {
        chiredis_reader_free(reader)
    }

    func feed(_ buffer: ByteBuffer) throws(RESPError) {
        received += buffer.readableBytes
        guard received <= Self.largestReply else { throw .malformed }
        let result = buffer.withUnsafeReadableBytes { bytes in
            bytes.isEmpty ? REDIS_OK : redisReaderFeed(reader, bytes.baseAddress, bytes.count)
        }
        guard result == REDIS_OK else { throw .outOfMemory }
    }

    /// The next reply; nil where more bytes are needed.
    func next() throws(RESPError) -> RESPValue? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw .malformed }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        received = 0
        guard let value = RESPValue(reply.assumingMemoryBound(to: redisReply.self).pointee, depth: Self.deepest) else {
            throw .malformed
        }
        return value
    }
}

extension RESPValue {
    /// A copy; nil where it is of a type that nobody asked for.
    fileprivate init?(_ reply: redisReply, depth: Int) {
        guard depth > 0 else { return nil }
        switch reply.type {
        case REDIS_REPLY_STRING: self = .string(reply.content)
        case REDIS_REPLY_STATUS: self = .status(reply.content)
        case REDIS_REPLY_ERROR: self = .error(reply.content)
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_NIL: self = .null
        case REDIS_REPLY_ARRAY:
            var elements: [RESPValue] = []
            elements.reserveCapacity(reply.elements)
            for element in UnsafeBufferPointer(start: reply.element, count: reply.elements) {
                guard let element, let value = RESPValue(element.pointee, depth: depth - 1) else { return nil }
                elements.append(value)
            }
            self = .array(elements)
        default: return nil
        }
    }
}

extension redisReply {
    fileprivate var content: [UInt8] {
        guard let str else { return [] }
        return Array(UnsafeRawBufferPointer(start: str, count: len))
    }
}
