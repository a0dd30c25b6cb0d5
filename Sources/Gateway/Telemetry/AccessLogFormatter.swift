import NIOCore

/// Formats access records as JSON, one object per line. Members without a value are omitted.
///
/// It allocates only if the buffer lacks room for the longest possible line.
struct AccessLogFormatter {
    /// The maximum length of a text, in bytes: some come from clients.
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
                line.append(escaping: record.otherMethod.span.extracting(first: Self.maximumText))
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
            if record.flags.contains(.reused) { line.append(",\"reused\":true") }
            if record.flags.contains(.retried) { line.append(",\"retried\":true") }
            if record.flags.contains(.loggedIn) { line.append(",\"loggedIn\":true") }
            if record.flags.contains(.truncated) { line.append(",\"truncated\":true") }
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
    /// A member with a text of our own.
    @inline(__always)
    fileprivate mutating func append(member name: StaticString, _ value: StaticString) {
        append(name)
        append(value)
        append(UInt8(ascii: "\""))
    }

    /// A member with an arbitrary text; omitted if it is empty.
    @inline(__always)
    fileprivate mutating func append(member name: StaticString, _ value: Span<UInt8>) {
        guard !value.isEmpty else { return }
        append(name)
        append(escaping: value.extracting(first: AccessLogFormatter.maximumText))
        append(UInt8(ascii: "\""))
    }
}
