import HTTPWire
import NIOCore

/// The field lines that the gateway writes itself, gathered in `extraFields`.
extension Worker {
    static let allMethods = Array("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS".utf8)
    static let readMethods = Array("GET, HEAD".utf8)
    static let postMethod = Array("POST".utf8)

    /// What a service learns of the request's way: `x-forwarded-*`, `via`, `x-request-id`, `traceparent` (contract,
    /// section 6). A trusted peer's word is kept and added to; anybody else's has been dropped.
    func writeForwardingFields(peer: PeerAddress, requestID: borrowing [UInt8]) {
        extraFields.clear()
        let bytes = head.arena
        let arena = bytes.readableBytesSpan
        extraFields.writeStaticString("x-request-id: ")
        extraFields.writeBytes(requestID.span.bytes)
        extraFields.writeStaticString("\r\nx-forwarded-for: ")
        if peer.isTrusted { writeList(.xForwardedFor) }
        extraFields.writeBytes(peer.text.span.bytes)
        extraFields.writeStaticString("\r\nx-forwarded-proto: ")
        if peer.isTrusted, let value = lastValue(of: .xForwardedProto) {
            extraFields.writeBytes(arena.extracting(value.range))
        } else {
            extraFields.writeStaticString("http")
        }
        let host: ByteSlice? =
            if peer.isTrusted, let value = lastValue(of: .xForwardedHost) { value } else {
                head.authority
            }
        if let host {
            extraFields.writeStaticString("\r\nx-forwarded-host: ")
            extraFields.writeBytes(arena.extracting(host.range))
        }
        extraFields.writeStaticString("\r\nvia: ")
        if peer.isTrusted { writeList(.via) }
        extraFields.writeStaticString(head.version == .http10 ? "1.0 menshen\r\n" : "1.1 menshen\r\n")
        writeTraceContext(isTrusted: peer.isTrusted)
    }

    /// What the last line of a field says: the nearest proxy's, where it left one of the client's standing.
    private func lastValue(of name: KnownField) -> ByteSlice? {
        guard head.has(name) else { return nil }
        return head.fields.last { $0.known == name && !$0.isAlias && !$0.value.isEmpty }?.value
    }

    /// What all lines of a list field say (RFC 9110 section 5.3), each with a comma behind it.
    private func writeList(_ name: KnownField) {
        guard head.has(name) else { return }
        let bytes = head.arena
        for field in head.fields where field.known == name && !field.isAlias && !field.value.isEmpty {
            extraFields.writeBytes(bytes.readableBytesSpan.extracting(field.value.range))
            extraFields.writeStaticString(", ")
        }
    }

    private func writeTraceContext(isTrusted: Bool) {
        let bytes = head.arena
        let arena = bytes.readableBytesSpan
        extraFields.writeStaticString("traceparent: ")
        if isTrusted, let value = head.firstValue(of: .traceparent),
            TraceContext.isValid(bytes.readableBytesUInt8Span.extracting(value.range))
        {
            extraFields.writeBytes(arena.extracting(value.range))
            if let state = head.firstValue(of: .tracestate) {
                extraFields.writeStaticString("\r\ntracestate: ")
                extraFields.writeBytes(arena.extracting(state.range))
            }
        } else {
            traces.write(into: &extraFields)
        }
        extraFields.writeStaticString("\r\n")
    }

    /// What a client's answer carries whoever made it.
    func writeAnswerFields(requestID: borrowing [UInt8], hasDate: Bool) {
        extraFields.clear()
        if !hasDate {
            // RFC 9110 section 6.6.1: who forwards a message without a date adds one.
            date.update(seconds: loop.wallSeconds)
            extraFields.writeStaticString("date: ")
            extraFields.writeBytes(date.text)
            extraFields.writeStaticString("\r\n")
        }
        extraFields.writeStaticString("x-request-id: ")
        extraFields.writeBytes(requestID.span.bytes)
        extraFields.writeStaticString("\r\n")
    }

    /// What a route's rules add to a service's answer.
    func writeRuledFields(_ ruled: RuledFields, caching: Bool) {
        extraFields.writeBytes(ruled.answer)
        extraFields.writeBytes(ruled.serviceAnswer)
        if caching { extraFields.writeBytes(ruled.caching) }
    }

    /// Writes an answer of the gateway's own into `outbound`.
    func write(
        _ answer: GatewayAnswer,
        requestID: borrowing [UInt8],
        always200: Bool,
        headOnly: Bool,
        keepAlive: Bool,
        version: HTTPVersion
    ) -> EnvelopeWriter.Written {
        date.update(seconds: loop.wallSeconds)
        let date = date.text
        let realm = settings.realm
        return EnvelopeWriter.write(
            answer,
            requestID: requestID.span,
            date: date.span,
            realm: realm.span,
            always200: always200,
            headOnly: headOnly,
            keepAlive: keepAlive,
            http10: version == .http10,
            into: &outbound
        )
    }
}
