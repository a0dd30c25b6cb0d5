import HTTPWire
import NIOCore

/// Phase 6, respond: the service's answer on its way to the client: passed, wrapped or normalised.
///
/// What goes to the client in one event is gathered in the worker and leaves in one write at its end, or where the second
/// large piece of a body comes.
extension ClientConnection: UpstreamResponseHandler {
    /// A body's piece up to this size is copied behind what was gathered rather than sent from where it lies.
    private static let copyLimit = 8 * 1024
    /// For the log, of an answer whose connection closed before its end.
    private static let closedMidResponse: StaticString = "closed within the answer"

    func serviceInformed(_ head: borrowing ResponseHead) {
        // HTTP/1.0 knows no informational responses (RFC 9110 section 15.2).
        guard request.version == .http11 else { return }
        HeadWriter.writeResponseHead(
            into: &worker.outbound,
            from: head,
            status: head.status,
            policy: .pass,
            framing: .none,
            connection: .none,
            extra: Worker.noFields
        )
        flushOutbound()
    }

    func serviceResponded(_ head: borrowing ResponseHead) {
        let route = worker.routes.routes[request.route]
        recordOutcome(.status(head.status))
        if head.status >= 400, dropsAnswer(status: head.status) { return }
        guard let rules = route.rules, rules.changesResponses else { return respond(with: head, of: route) }
        var changed = copy head
        rules.change(&changed)
        respond(with: changed, of: route)
    }

    private func respond(with head: borrowing ResponseHead, of route: CompiledRoute) {
        response.serviceStatus = head.status
        response.firstByteAt = loop.now
        let plan = ResponsePlan.make(
            status: head.status,
            framing: head.framing,
            contentLength: head.contentLength,
            isJSON: head.isJSON,
            isEncoded: head.has(.contentEncoding),
            method: request.method,
            version: request.version,
            failures: route.failures,
            success: route.success,
            unauthorized: worker.clusters[route.serviceIndex].unauthorized,
            newToken: request.rareState?.newToken
        )
        response.treatment = plan.treatment
        if plan.treatment == .malformed { return giveUp(because: .malformed) }
        request.machine.responseBegan(capture: plan.treatment == .capture, reusable: head.reusable)
        expect(.serviceIdle, within: route.timeouts.idle)
        switch plan.treatment {
        case .capture:
            response.status = plan.status
            response.capture = FailureCapture(head, isHead: request.method == .head)
            response.failureHead = head.detached()
        case .pass, .wrap, .wrapNull, .malformed:
            beginResponse(head, plan)
        }
    }

    private func beginResponse(_ head: borrowing ResponseHead, _ plan: ResponsePlan) {
        // A request that is not whole yet may never be: the connection cannot be used for another one.
        if request.machine.request == .open || worker.isDraining { request.keepAlive = false }
        if plan.framing == .untilClose { request.keepAlive = false }
        response.isStreaming = true
        response.isChunked = plan.framing == .chunked
        response.endsWithConnection = plan.framing == .untilClose
        response.status = plan.status
        let wraps = plan.treatment != .pass
        let isEmpty = request.method == .head
        var framing = plan.framing
        if plan.treatment == .wrapNull {
            framing = .length(ResponsePlan.nullBodyCount(newToken: request.rareState?.newToken))
        }
        worker.writeResponseFields(requestID: request.id, hasDate: head.has(.date))
        if let ruled = request.rareState?.ruled {
            worker.writeRuledFields(ruled, caching: request.rareState?.newToken == nil)
        }
        if wraps {
            worker.extraFields.writeStaticString("content-type: application/json; charset=utf-8\r\n")
        }
        var policy: ResponseFieldPolicy = wraps ? .wrapped : .passed
        if let token = request.rareState?.newToken {
            worker.extraFields.writeBytes(token.fields)
            policy = wraps ? .wrappedWithToken : .passedWithToken
        }
        HeadWriter.writeResponseHead(
            into: &worker.outbound,
            from: head,
            status: plan.status,
            policy: policy,
            framing: framing,
            connection: connectionToken,
            extra: worker.extraFields
        )
        guard !isEmpty else {
            response.treatment = .pass
            return
        }
        switch plan.treatment {
        case .wrap:
            let wrapper = SuccessWrapper()
            var prefix = ByteBuffer()
            wrapper.start(into: &prefix)
            response.wrapper = wrapper
            pass(prefix)
        case .wrapNull:
            let token = request.rareState?.newToken
            SuccessWrapper.nullBody(newToken: token, into: &worker.outbound)
            response.bytesOut += ResponsePlan.nullBodyCount(newToken: token)
        case .pass, .capture, .malformed:
            break
        }
    }

    func serviceSent(_ bytes: ByteBuffer) {
        switch response.treatment {
        case .pass:
            pass(bytes)
        case .wrap:
            guard response.wrapper.accept(bytes) else {
                // Not one JSON value: whatever was sent must not look whole.
                return giveUp(because: .malformed)
            }
            pass(bytes)
        case .capture:
            response.capture?.append(bytes)
            if response.capture?.isFull == true {
                // Enough is there; the rest would only keep the client waiting.
                return finishFailure(reuse: false)
            }
        case .wrapNull, .malformed:
            break
        }
        if wait == .serviceIdle || wait == .clientStall { expectResponseProgress() }
    }

    /// Puts a piece of the body behind what goes out in this event.
    private func pass(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        response.bytesOut += UInt64(count)
        if response.isChunked {
            ChunkedEncoder.writeChunkHead(count: count, into: &worker.outbound)
        }
        if count <= ClientConnection.copyLimit {
            worker.outbound.writeBytes(bytes.readableBytesSpan)
        } else {
            if worker.largePieceOffset != nil { sendGathered() }
            // Where writing has ended the connection nobody would send or drop it.
            guard phase != .closed else { return }
            worker.largePiece = bytes
            worker.largePieceOffset = worker.outbound.readableBytes
        }
        if response.isChunked {
            ChunkedEncoder.writeChunkEnd(into: &worker.outbound)
        }
    }

    var isRequestSent: Bool { request.machine.request == .complete }

    func serviceEnded() {
        guard let service else { return }
        guard case .finish(let reuse) = request.machine.responseEnded() else { return }
        if response.treatment == .capture {
            return finishFailure(reuse: reuse)
        }
        if response.treatment == .wrap {
            var end = ByteBuffer()
            guard response.wrapper.finish(newToken: request.rareState?.newToken, into: &end) else {
                self.service = nil
                service.release(reuse: false)
                flushOutbound()
                record(.reset)
                return reset()
            }
            pass(end)
        }
        if response.isChunked {
            ChunkedEncoder.writeLastChunk(into: &worker.outbound)
        }
        flushOutbound()
        self.service = nil
        service.release(reuse: reuse)
        finishResponse()
    }

    func servicePaused() {
        flushOutbound()
    }

    func serviceFailed(_ fault: ServiceFault) {
        if let tunnel { return serviceLeftTunnel(tunnel) }
        let spent = service
        service = nil
        response.cause = fault.cause
        var permission = request.machine.retryPermission(
            after: fault,
            holdsBody: request.attempt.replay?.isWhole ?? false
        )
        if request.attempt.isOpen {
            recordOutcome(permission == .unseen ? .abandoned : .fault(fault))
        } else {
            recordBrokenResponse(fault)
        }
        if spent == nil || permission == .budgeted && !worker.clusters[serviceIndex].takeRetry() { permission = .no }
        switch request.machine.serviceFailed(fault, again: permission) {
        case .retry:
            guard let spent else { return }
            response.cause = nil
            sendAgain(&spent.outboundHead, isUnseen: permission == .unseen, because: fault)
        case .sendLocalReply(let fault):
            sendLocalReply(because: fault)
        case .sendTruncatedFailure:
            if fault == .closed { response.cause = Self.closedMidResponse }
            finishFailure(reuse: false, isWhole: false)
        case .reset:
            if fault == .closed { response.cause = Self.closedMidResponse }
            flushOutbound()
            record(.reset)
            reset()
        case .none, .send, .tryAnother, .finish:
            break
        }
    }

    func serviceWritabilityChanged(_ isWritable: Bool) {
        guard isWritable, phase == .body(.service) || phase == .tunnel else { return }
        loop.updateClock()
        if request.machine.service == .waiting { expect(.body, within: worker.settings.bodyTimeout) }
        process()
    }

    /// Lets an answer go that the service's `retries` name, and sends the request again.
    private func dropsAnswer(status: Int) -> Bool {
        let cluster = worker.clusters[serviceIndex]
        guard cluster.isRetried(after: status), let spent = service else { return false }
        let holdsBody = request.attempt.replay?.isWhole ?? false
        guard request.machine.retryPermissionAfterStatus(holdsBody: holdsBody) == .budgeted, cluster.takeRetry(),
            request.machine.discardResponse() == .retry
        else { return false }
        service = nil
        spent.close()
        sendAgain(&spent.outboundHead, isUnseen: false, because: .closed)
        return true
    }

    /// Answers with what was captured of a failing answer.
    private func finishFailure(reuse: Bool, isWhole: Bool = true) {
        guard var capture = response.capture, let head = response.failureHead else { return }
        response.capture = nil
        response.failureHead = nil
        if let service {
            self.service = nil
            if reuse { service.release(reuse: true) } else { service.close() }
        }
        _ = request.machine.abandon()
        worker.envelope.clear()
        let id = request.id
        capture.finish(
            status: response.serviceStatus,
            requestID: id.span,
            isWhole: isWhole,
            newToken: request.rareState?.newToken,
            into: &worker.envelope
        )
        sendNormalisedFailure(head)
    }

    /// The answer is whole and written.
    func finishResponse() {
        record(.whole)
        afterResponse()
    }

    /// A stream that moves is never cut: the clock starts anew with every piece, and with a client that takes nothing a
    /// longer one runs.
    func expectResponseProgress() {
        if isWritable {
            expect(.serviceIdle, within: timeouts.idle)
        } else {
            unsentAtLastCheck = -1
            expect(.clientStall, within: GatewaySettings.clientStallTimeout)
        }
    }

    // MARK: - Writing

    /// Hands bytes to the channel, without flushing.
    func write(_ bytes: ByteBuffer) {
        if let context { writer.write(bytes, to: context) }
    }

    /// Sends what was gathered and written.
    func flushOutbound() {
        sendGathered()
        flushWritten()
    }

    private func sendGathered() {
        if let context {
            if let offset = worker.largePieceOffset {
                writer.send(worker.outbound, with: worker.largePiece, at: offset, to: context)
            } else if worker.outbound.readableBytes > 0 {
                writer.send(worker.outbound, to: context)
            }
        }
        // Where there is nobody any more it must not reach another client.
        worker.dropGathered()
    }

    /// Sends what was handed to the channel.
    func flushWritten() {
        if let context { writer.flush(context) }
    }
}
