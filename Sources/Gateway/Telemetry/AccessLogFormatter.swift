import JSON
import NIOCore

/// Writes access records as JSON, one object in one line each. Members without a value are left out.
///
/// Allocates only where the buffer has no room for the longest line the record can become.
struct AccessLogFormatter {
    /// What a text is cut to, in bytes: some come from the client.
    static let maximumText = 256
    /// All names, all numbers at their longest and the line's end.
    private static let fixedBytes = 768

    private var time = LogTimeCache()

    init() {}

    /// Appends the record's line.
    mutating func write(_ record: borrowing AccessRecord, into buffer: inout ByteBuffer) {
        time.update(milliseconds: record.milliseconds)
        let time = time.text
        buffer.writeWithOutputRawSpan(minimumWritableBytes: Self.longest(record)) { line in
            line.append("{\"type\":\"access\",\"time\":\"")
            line.append(time.span)
            line.append("\",\"method\":\"")
            if record.otherMethod.isEmpty {
                line.append(record.method)
            } else {
                line.append(escaping: record.otherMethod.span)
            }
            line.append("\"")
            line.append(member: ",\"route\":\"", record.route.span)
            line.append(",\"status\":")
            line.append(decimal: Int64(record.status))
            if record.code != 0 {
                line.append(",\"code\":")
                line.append(decimal: Int64(record.code))
            }
            if let reason = record.reason { line.append(member: ",\"reason\":\"", reason) }
            line.append(member: ",\"requestId\":\"", record.requestID.span)
            line.append(member: ",\"client\":\"", record.clientAddress.span)
            line.append(member: ",\"userId\":\"", record.userID.span)
            line.append(member: ",\"service\":\"", record.service.span)
            line.append(member: ",\"target\":\"", record.target.span)
            if record.serviceStatus != 0 {
                line.append(",\"serviceStatus\":")
                line.append(decimal: Int64(record.serviceStatus))
            }
            line.append(",\"durationUs\":")
            line.append(decimal: record.duration)
            if record.firstByte >= 0 {
                line.append(",\"firstByteUs\":")
                line.append(decimal: record.firstByte)
            }
            if record.connect >= 0 {
                line.append(",\"connectUs\":")
                line.append(decimal: record.connect)
            }
            line.append(",\"bytesIn\":")
            line.append(decimal: record.bytesIn)
            line.append(",\"bytesOut\":")
            line.append(decimal: record.bytesOut)
            if !record.flags.isEmpty { line.append(flags: record.flags) }
            if let reason = record.closeReason { line.append(member: ",\"close\":\"", reason) }
            line.append("}\n")
        }
    }

    /// The most bytes the record's line can have: an escape is six bytes for one.
    private static func longest(_ record: borrowing AccessRecord) -> Int {
        var texts = min(record.otherMethod.count, maximumText) + min(record.route.count, maximumText)
        texts += min(record.requestID.count, maximumText) + min(record.clientAddress.count, maximumText)
        texts += min(record.userID.count, maximumText) + min(record.service.count, maximumText)
        texts += min(record.target.count, maximumText)
        let names =
            record.method.utf8CodeUnitCount + (record.reason?.utf8CodeUnitCount ?? 0)
            + (record.closeReason?.utf8CodeUnitCount ?? 0)
        return fixedBytes + names + 6 * texts
    }
}

extension OutputRawSpan {
    /// Text of our own, which needs no escapes.
    @inline(__always)
    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(copying: UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    fileprivate mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { append(copying: $0) }
    }

    @inline(__always)
    fileprivate mutating func append(member name: StaticString, _ value: StaticString) {
        append(name)
        append(value)
        append(UInt8(ascii: "\""))
    }

    @inline(__always)
    fileprivate mutating func append(member name: StaticString, _ value: Span<UInt8>) {
        guard !value.isEmpty else { return }
        append(name)
        append(escaping: value)
        append(UInt8(ascii: "\""))
    }

    fileprivate mutating func append(flags: AccessRecord.Flags) {
        if flags.contains(.reused) { append(",\"reused\":true") }
        if flags.contains(.retried) { append(",\"retried\":true") }
        if flags.contains(.loggedIn) { append(",\"loggedIn\":true") }
        if flags.contains(.truncated) { append(",\"truncated\":true") }
    }

    /// The inside of a JSON string, cut to `AccessLogFormatter.maximumText`.
    fileprivate mutating func append(escaping value: Span<UInt8>) {
        let text = value.extracting(first: AccessLogFormatter.maximumText)
        if text.isPlain {
            append(text)
            return
        }
        var start = 0
        while start < text.count {
            let piece = JSONEscape.piece(of: text, from: start)
            append(text.extracting(start..<piece.plainEnd))
            append(piece.escape.span.extracting(0..<piece.escapeCount))
            start = piece.next
        }
    }

    fileprivate mutating func append(decimal value: Int64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = value.magnitude
        var start = 20
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digits.span.extracting(start..<20))
    }

    /// One copy instead of a checked append per byte.
    @inline(__always)
    private mutating func append(copying source: UnsafeRawBufferPointer) {
        precondition(source.count <= freeCapacity, "the line's longest form was reckoned too short")
        withUnsafeMutableBytes { room, count in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: source)
            count += source.count
        }
    }
}

extension Span<UInt8> {
    /// Whether all bytes are printable ASCII but quotation mark and backslash.
    fileprivate var isPlain: Bool {
        var found: UInt8 = 0
        for index in indices {
            let byte = self[index]
            found |= (byte &- 0x20 > 0x5E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")) ? 1 : 0
        }
        return found == 0
    }
}
