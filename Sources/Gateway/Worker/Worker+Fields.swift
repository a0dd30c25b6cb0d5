import HTTPWire
import NIOCore

/// The field lines that the gateway writes itself, gathered in `extraFields`.
extension Worker {
    static let allMethods = Array("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS".utf8)
    static let readMethods = Array("GET, HEAD".utf8)
    static let postMethod = Array("POST".utf8)

    /// What a service learns of the request's way: `x-forwarded-*`, `via`, `x-request-id`, `traceparent` (contract,
    /// section 6). A trusted peer's word is kept and added to; anybody else's has been dropped.
    ///
    /// - Parameter client: the client's address behind a trusted peer; it leads the list where `forwarded` told it.
    func writeForwardingFields(
        _ head: borrowing RequestHead,
        peer: PeerAddress,
        isTrusted: Bool,
        client: [UInt8]?,
        requestID: borrowing [UInt8]
    ) {
        let bytes = head.arena
        let arena = bytes.readableBytesSpan
        let scheme = isTrusted ? Self.lastValue(of: .xForwardedProto, in: head) : nil
        let host = (isTrusted ? Self.lastValue(of: .xForwardedHost, in: head) : nil) ?? head.authority
        let version: StaticString = head.version == .http10 ? "1.0 " : "1.1 "
        let trace = isTrusted ? Self.trustedTrace(head, bytes.readableBytesUInt8Span) : nil
        let id = requestID.span.bytes
        let address = peer.text.span.bytes
        let told = head.has(.xForwardedFor) ? [] : client ?? []
        let toldAddress = told.span.bytes
        let name = viaName.bytes
        // What is taken from the head stands there twice at most: its authority may be the target's and the host's.
        let room =
            Self.forwardingRoom + id.byteCount + address.byteCount + toldAddress.byteCount + 2 * arena.byteCount
        Self.rewrite(&extraFields, reserving: room) { out in
            Output.append("x-request-id: ", to: &out)
            Output.append(id, to: &out)
            Output.append("\r\nx-forwarded-for: ", to: &out)
            if isTrusted { Self.appendList(.xForwardedFor, of: head, arena, to: &out) }
            if toldAddress.byteCount > 0 {
                Output.append(toldAddress, to: &out)
                Output.append(", ", to: &out)
            }
            Output.append(address, to: &out)
            Output.append("\r\nx-forwarded-proto: ", to: &out)
            if let scheme {
                Output.append(arena.extracting(scheme.range), to: &out)
            } else {
                Output.append("http", to: &out)
            }
            if let host {
                Output.append("\r\nx-forwarded-host: ", to: &out)
                Output.append(arena.extracting(host.range), to: &out)
            }
            Output.append("\r\nvia: ", to: &out)
            if isTrusted { Self.appendList(.via, of: head, arena, to: &out) }
            Output.append(version, to: &out)
            Output.append(name.span.bytes, to: &out)
            Output.append("\r\ntraceparent: ", to: &out)
            if let trace {
                Output.append(arena.extracting(trace.parent.range), to: &out)
                if let state = trace.state {
                    Output.append("\r\ntracestate: ", to: &out)
                    Output.append(arena.extracting(state.range), to: &out)
                }
            } else {
                let fresh = traces.next()
                Output.append(fresh.span.bytes, to: &out)
            }
            Output.append("\r\n", to: &out)
        }
    }

    /// Writes whole lines over what a block holds, in one access to it: each by itself would be checked for exclusivity.
    @inline(__always)
    private static func rewrite(
        _ fields: inout FieldBlock,
        reserving room: Int,
        _ write: (inout OutputRawSpan) -> Void
    ) {
        fields.lines.clear()
        fields.lines.writeWithOutputRawSpan(minimumWritableBytes: room, initializingWith: write)
    }

    /// Room for the names and the constant parts of all forwarding fields, and a new trace.
    private static let forwardingRoom = 320

    /// What the last line of a field says: the nearest proxy's, where it left one of the client's standing.
    private static func lastValue(of name: KnownField, in head: borrowing RequestHead) -> ByteSlice? {
        guard head.has(name) else { return nil }
        return head.fields.last { $0.known == name && !$0.isAlias && !$0.value.isEmpty }?.value
    }

    /// What all lines of a list field say (RFC 9110 section 5.3), each with a comma behind it.
    private static func appendList(
        _ name: KnownField,
        of head: borrowing RequestHead,
        _ arena: RawSpan,
        to out: inout OutputRawSpan
    ) {
        guard head.has(name) else { return }
        for field in head.fields where field.known == name && !field.isAlias && !field.value.isEmpty {
            Output.append(arena.extracting(field.value.range), to: &out)
            Output.append(", ", to: &out)
        }
    }

    /// The trace that a trusted peer began; nil where there is none, or one that is not in order.
    private static func trustedTrace(
        _ head: borrowing RequestHead,
        _ arena: Span<UInt8>
    ) -> (parent: ByteSlice, state: ByteSlice?)? {
        guard let parent = head.firstValue(of: .traceparent), TraceContext.isValid(arena.extracting(parent.range))
        else { return nil }
        return (parent, head.firstValue(of: .tracestate))
    }

    /// What a client's answer carries whoever made it.
    func writeResponseFields(requestID: borrowing [UInt8], hasDate: Bool) {
        // RFC 9110 section 6.6.1: who forwards a message without a date adds one.
        if !hasDate { date.update(seconds: loop.wallSeconds) }
        let date = date.text
        let id = requestID.span.bytes
        Self.rewrite(&extraFields, reserving: 64 + date.count + id.byteCount) { out in
            if !hasDate {
                Output.append("date: ", to: &out)
                Output.append(date.span.bytes, to: &out)
                Output.append("\r\n", to: &out)
            }
            Output.append("x-request-id: ", to: &out)
            Output.append(id, to: &out)
            Output.append("\r\n", to: &out)
        }
    }

    /// What a route's rules add to a service's answer.
    func writeRuledFields(_ ruled: RuledFields, caching: Bool) {
        extraFields.append(ruled.response)
        extraFields.append(ruled.serviceResponse)
        if caching { extraFields.append(ruled.caching) }
    }

    /// Gathers a reply of the gateway's own; ``ClientStream/finish()`` sends it.
    ///
    /// - Parameters:
    ///   - realm: of a 401's challenge.
    ///   - always200: `"statuses": "always200"` holds for this reply.
    ///   - isHead: the request was HEAD: a head without a body (RFC 9110 section 9.3.2).
    /// - Returns: the status sent, and the bytes of the body.
    func send(
        _ reply: LocalReply,
        to stream: any ClientStream,
        requestID: borrowing [UInt8],
        realm: borrowing [UInt8],
        always200: Bool,
        isHead: Bool
    ) -> (status: Int, bodyBytes: Int) {
        date.update(seconds: loop.wallSeconds)
        let date = date.text
        let status = always200 ? 200 : reply.realStatus
        extraFields.clear()
        EnvelopeWriter.writeFields(
            of: reply,
            status: status,
            requestID: requestID.span,
            date: date.span,
            realm: realm.span,
            into: &extraFields
        )
        envelope.clear()
        EnvelopeWriter.writeBody(of: reply, requestID: requestID.span, into: &envelope)
        let count = envelope.readableBytes
        stream.sendHead(status, body: .length(UInt64(count)), fields: extraFields)
        if isHead { return (status, 0) }
        stream.sendBody(envelope)
        return (status, count)
    }
}
