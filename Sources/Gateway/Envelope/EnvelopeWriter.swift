package import HTTPWire
package import NIOCore

/// Writes what makes a response of the gateway's own: fields and the body. Status line, framing and the connection are the
/// transport's. It allocates nothing but what the buffers grow by.
package enum EnvelopeWriter {
    /// The content type of every envelope.
    static let contentType = FieldBlock(("content-type", "application/json; charset=utf-8"))

    /// The fields about the body of every envelope, for callers that write the rest of the head themselves.
    static let bodyFields: FieldBlock = {
        var fields = contentType
        fields.append("cache-control", "no-store")
        return fields
    }()

    /// Writes the fields.
    ///
    /// - Parameters:
    ///   - status: as it is sent. A 401 carries the challenge.
    ///   - requestID: for `x-request-id`; empty where the request has none yet.
    ///   - date: an IMF-fixdate (RFC 9110, section 5.6.7); empty leaves the field out.
    ///   - realm: of the `Bearer` challenge.
    package static func writeFields(
        of reply: LocalReply,
        status: Int,
        requestID: Span<UInt8>,
        date: Span<UInt8>,
        realm: Span<UInt8>,
        into fields: inout FieldBlock
    ) {
        if !date.isEmpty { fields.append("date") { $0.write(fieldValue: date) } }
        if !requestID.isEmpty { fields.append("x-request-id") { $0.write(fieldValue: requestID) } }
        if status == 401 {
            fields.append("www-authenticate") { writeChallenge(reply.reason?.challengeError, realm: realm, into: &$0) }
        }
        if let seconds = reply.retryAfter ?? reply.reason?.retryAfter {
            fields.append("retry-after") { $0.write(decimal: seconds) }
        }
        // RFC 9110, section 15.5.6: a 405 always has the field; empty means that no method would do.
        if let allow = reply.allow {
            fields.append("allow") { $0.write(fieldValue: allow.span) }
        } else if reply.reason == .methodNotAllowed {
            fields.append("allow", "")
        }
        if let more = reply.fields { fields.append(more) }
        if let newToken = reply.newToken {
            fields.append(contentType)
            fields.append(newToken.fields)
        } else if reply.carriesToken {
            fields.append(contentType)
            fields.append("cache-control", "private, no-store")
        } else {
            fields.append(bodyFields)
        }
    }

    /// Writes the body.
    ///
    /// - Parameter requestID: empty where the request has none yet.
    package static func writeBody(of reply: LocalReply, requestID: Span<UInt8>, into buffer: inout ByteBuffer) {
        EnvelopeBody.write(reply, requestID: requestID, into: &buffer)
    }

    /// RFC 6750, section 3.
    private static func writeChallenge(_ error: StaticString?, realm: Span<UInt8>, into buffer: inout ByteBuffer) {
        buffer.write("Bearer realm=\"")
        buffer.write(quotedStringOf: realm)
        buffer.write("\"")
        if let error {
            buffer.write(", error=\"")
            buffer.write(error)
            buffer.write("\"")
        }
    }
}
