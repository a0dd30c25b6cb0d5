import HTTPWire
import NIOCore

/// The responses of an HTTP/1.1 connection.
///
/// What goes to the client in one event is gathered in the loop's ``ClientContext`` and leaves in one write at its end, or
/// where the second large piece of a body comes.
extension HTTP1Connection: ClientStream {
    /// A body's piece up to this size is copied behind what was gathered rather than sent from where it lies.
    private static let copyLimit = 8 * 1024
    private static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    var isWritable: Bool { context?.channel.isWritable ?? false }

    var heldInput: Int { inbound.readableBytes }

    func sendContinue() {
        guard machine.expectsContinue, machine.phase == .body, inbound.readableBytes == 0 else { return }
        write(Self.continueResponse)
        flushWritten()
    }

    func sendInformational(_ head: borrowing ResponseHead, policy: ResponseFieldPolicy, fields: FieldBlock) {
        guard machine.version == .http11 else { return }
        HeadWriter.writeResponseHead(
            into: &shared.outbound,
            from: head,
            status: head.status,
            policy: policy,
            framing: .none,
            connection: .none,
            extra: fields
        )
    }

    func sendHead(
        _ status: Int,
        from head: borrowing ResponseHead,
        policy: ResponseFieldPolicy,
        body: ResponseBody,
        fields: FieldBlock
    ) {
        let form = machine.responseBegan(body, isStopping: shared.isStopping)
        guard status == 426, machine.version == .http11, var more = RequiredUpgrade.fields(of: head) else {
            return writeHead(status, from: head, policy: policy, form, fields: fields)
        }
        more.append(fields)
        writeHead(status, from: head, policy: policy, form, fields: more)
    }

    private func writeHead(
        _ status: Int,
        from head: borrowing ResponseHead,
        policy: ResponseFieldPolicy,
        _ form: HTTP1ConnectionMachine.ResponseForm,
        fields: FieldBlock
    ) {
        HeadWriter.writeResponseHead(
            into: &shared.outbound,
            from: head,
            status: status,
            policy: policy,
            framing: form.framing,
            connection: form.connection,
            extra: fields
        )
    }

    func sendHead(_ status: Int, body: ResponseBody, fields: FieldBlock) {
        let form = machine.responseBegan(body, isStopping: shared.isStopping)
        HeadWriter.writeOwnResponseHead(
            into: &shared.outbound,
            status: status,
            framing: form.framing,
            connection: form.connection,
            extra: fields
        )
    }

    func sendBody(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        // Of a client that is gone nobody would send or drop what is gathered.
        guard count > 0, isOpen else { return }
        let isChunked = machine.isChunked
        if isChunked { ChunkedEncoder.writeChunkHead(count: count, into: &shared.outbound) }
        if count <= Self.copyLimit {
            shared.outbound.writeBytes(bytes.readableBytesSpan)
        } else {
            if shared.largePieceOffset != nil { sendGathered() }
            shared.largePiece = bytes
            shared.largePieceOffset = shared.outbound.readableBytes
        }
        if isChunked { ChunkedEncoder.writeChunkEnd(into: &shared.outbound) }
    }

    func finish() -> Bool {
        if machine.isChunked { ChunkedEncoder.writeLastChunk(into: &shared.outbound) }
        guard flush() else { return false }
        follow(machine.responseEnded(isStopping: shared.isStopping))
        resumeReadingIfHeld()
        return true
    }

    @discardableResult
    func flush() -> Bool {
        sendGathered()
        flushWritten()
        return isOpen
    }

    func reset() {
        let mustNotLookComplete = machine.endsWithConnection
        guard machine.end() else { return }
        // Gathered for this client in the event in hand, and not to reach another.
        shared.dropGathered()
        if mustNotLookComplete { context?.channel.resetOnClose() }
        context?.close(promise: nil)
    }

    func closeAfterResponse() {
        machine.closeAfterResponse()
    }

    func discardRequestBody() {
        machine.discardRest()
    }

    func hasProgressed(since unsent: inout Int) -> Bool {
        guard let context else { return false }
        return writer.hasProgressed(since: &unsent, of: context.channel)
    }

    // MARK: - Writing

    /// Hands bytes to the channel, without flushing.
    func write(_ bytes: ByteBuffer) {
        if let context { writer.write(bytes, to: context) }
    }

    private func sendGathered() {
        if let context {
            if let offset = shared.largePieceOffset {
                writer.send(shared.outbound, with: shared.largePiece, at: offset, to: context)
            } else if shared.outbound.readableBytes > 0 {
                writer.send(shared.outbound, to: context)
            }
        }
        // Where there is nobody any more it must not reach another client.
        shared.dropGathered()
    }

    /// Sends what was handed to the channel.
    private func flushWritten() {
        if let context { writer.flush(context) }
    }

    // MARK: - Deadlines

    /// Sets the connection's deadline.
    func expect(_ wait: Wait, within nanoseconds: Int64) {
        self.wait = wait
        deadline = loop.instant(after: nanoseconds)
    }

    /// Leaves the deadlines to the receiver.
    func expectNothing() {
        wait = .nothing
        deadline = .max
    }

    // MARK: - What follows a response

    /// Does what the machine has decided.
    func follow(_ next: HTTP1ConnectionMachine.Next) {
        switch next {
        case .none: break
        case .nextRequest:
            if settings !== shared.settings { adoptSettings() }
            expect(.keepAlive, within: settings.timeouts.keepAlive)
        case .discard: expect(.discard, within: settings.timeouts.body)
        case .close:
            expect(.stall, within: ClientTimeouts.stall)
            unsent = -1
            // Of a channel without input NIO closes all where its output is closed, and drops what was written.
            if hasInputEnded {
                context?.channel.closeAfterWrites()
            } else {
                context?.close(mode: .output, promise: nil)
            }
        case .abandon: reset()
        }
    }

    /// Ends the connection once everything written has gone out.
    func lingerAndClose() {
        follow(machine.close())
    }

    /// The gateway stops: ends a connection on which nothing is going on. A request that has arrived, though nobody has
    /// read it yet, is answered, and a client that has just come has a moment for its first one.
    func stop() {
        guard machine.phase == .idle, heldInput == 0, !writer.hasUnreadInput else { return }
        if machine.isFresh, !hasInputEnded {
            expect(.keepAlive, within: ClientTimeouts.lastChance)
        } else {
            follow(machine.stop())
        }
    }
}
