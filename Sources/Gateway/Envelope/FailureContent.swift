import JSON
import NIOCore

/// The classified body of a failed response.
enum FailureContent {
    /// One JSON value, without white space around it.
    case json([UInt8])
    /// An envelope of code 30000.
    case envelope(NestedEnvelope)
    case text([UInt8], isTruncated: Bool)
    case undecodable

    init(_ body: DecodedBody, limit: Int, saysJSON: Bool) {
        if body.isWhole, let value = Self.value(of: body.bytes, saysJSON: saysJSON) {
            self = if let envelope = NestedEnvelope(value) { .envelope(envelope) } else { .json(value) }
        } else if body.isWhole {
            self = .text(body.bytes, isTruncated: false)
        } else {
            self = .text(Self.cut(body.bytes, limit), isTruncated: true)
        }
    }

    /// Writes the envelope's `data`, for a service's `status`.
    func writeData(status: Int, into sink: inout ByteBuffer) {
        switch self {
        case .envelope(let envelope):
            sink.write(escaping: envelope.data.span, as: .json)
        case .json(let value):
            Self.writeData(status: status, into: &sink) { $0.write(escaping: value.span, as: .json) }
        case .text(let text, let isTruncated):
            Self.writeData(status: status, isTruncated: isTruncated, into: &sink) { sink in
                sink.write(#"""#)
                sink.write(escaping: text.span)
                sink.write(#"""#)
            }
        case .undecodable:
            Self.writeData(status: status, into: &sink) { sink in
                EnvelopeBody.writeErrorMessage(.fixed("The service's response could not be decoded."), into: &sink)
            }
        }
    }

    private static func writeData(
        status: Int,
        isTruncated: Bool = false,
        into sink: inout ByteBuffer,
        value: (inout ByteBuffer) -> Void
    ) {
        sink.write(#"{"data":"#)
        value(&sink)
        sink.write(#","status":"#)
        sink.write(decimal: status)
        sink.write(isTruncated ? #","truncated":true}"# : "}")
    }

    /// The body without white space around it, if it is JSON.
    private static func value(of bytes: [UInt8], saysJSON: Bool) -> [UInt8]? {
        guard let start = bytes.firstIndex(where: { !$0.isWhiteSpace }),
            let end = bytes.lastIndex(where: { !$0.isWhiteSpace }),
            saysJSON || bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[")
        else { return nil }
        var validator = JSONValidator()
        guard validator.consume(bytes.span), validator.finish() else { return nil }
        return end - start + 1 == bytes.count ? bytes : Array(bytes[start...end])
    }

    /// At most `limit` bytes, without an incomplete last character.
    private static func cut(_ bytes: [UInt8], _ limit: Int) -> [UInt8] {
        var end = min(bytes.count, limit)
        var start = end
        while start > 0, end - start < 4 {
            start -= 1
            let byte = bytes[start]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if start + length > end { end = start }
            break
        }
        return end == bytes.count ? bytes : Array(bytes[..<end])
    }
}

extension UInt8 {
    fileprivate var isWhiteSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
