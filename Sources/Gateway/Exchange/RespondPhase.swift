import HTTPWire
import NIOCore

/// Phase 6, respond: the service's response on its way to the client: passed, wrapped or normalised.
enum RespondPhase {
    /// For the log, of a response whose connection closed before its end.
    static let closedMidResponse: StaticString = "closed within the response"

    /// Decides from the head what happens to the response, and sends the head where it does not wait for the body.
    static func begin(_ head: borrowing ResponseHead, _ route: CompiledRoute, _ exchange: Exchange) {
        let request = exchange.request
        let response = exchange.response
        response.serviceStatus = head.status
        response.firstByteAt = exchange.loop.now
        let plan = ResponsePlan.make(
            status: head.status,
            framing: head.framing,
            contentLength: head.contentLength,
            isJSON: head.isJSON,
            isEncoded: head.has(.contentEncoding),
            method: request.method,
            failures: route.failures,
            success: route.success,
            unauthorized: route.cluster.unauthorized,
            newToken: request.rareState?.newToken
        )
        response.treatment = plan.treatment
        request.machine.responseBegan(capture: plan.treatment == .capture, reusable: head.reusable)
        exchange.expect(.serviceIdle, within: route.timeouts.idle)
        switch plan.treatment {
        case .capture:
            response.status = plan.status
            response.capture = FailureCapture(head, isHead: request.method == .head)
            response.failureHead = head.detached()
        case .pass, .wrap, .wrapNull:
            send(head, plan, exchange)
        }
    }

    private static func send(_ head: borrowing ResponseHead, _ plan: ResponsePlan, _ exchange: Exchange) {
        let worker = exchange.worker
        let request = exchange.request
        let response = exchange.response
        response.isStreaming = true
        response.status = plan.status
        let wraps = plan.treatment != .pass
        var policy: ResponseFieldPolicy = wraps ? .wrapped : .passed
        worker.writeResponseFields(requestID: request.id, hasDate: head.has(.date))
        let token = request.rareState?.newToken
        if let ruled = request.rareState?.ruled { worker.writeRuledFields(ruled, caching: token == nil) }
        if wraps {
            worker.extraFields.append(EnvelopeWriter.contentType)
        }
        if let token {
            worker.extraFields.append(token.fields)
            policy = wraps ? .wrappedWithToken : .passedWithToken
        }
        exchange.stream.sendHead(
            plan.status,
            from: head,
            policy: policy,
            body: plan.treatment == .wrapNull
                ? .length(ResponsePlan.nullBodyCount(newToken: token)) : plan.body,
            fields: worker.extraFields
        )
        guard wraps else { return }
        guard request.method != .head else {
            response.treatment = .pass
            return
        }
        worker.envelope.clear()
        if plan.treatment == .wrapNull {
            SuccessWrapper.nullBody(newToken: token, into: &worker.envelope)
        } else {
            let wrapper = SuccessWrapper(isDelimited: head.framing != .untilClose)
            wrapper.start(into: &worker.envelope)
            response.wrapper = wrapper
        }
        pass(worker.envelope, exchange)
    }

    /// A piece of the body.
    static func receive(_ bytes: ByteBuffer, _ exchange: Exchange) {
        let response = exchange.response
        switch response.treatment {
        case .pass:
            pass(bytes, exchange)
        case .wrap:
            guard let accepted = response.wrapper.accept(bytes) else {
                // Not one JSON value: whatever was sent must not look whole.
                return exchange.giveUp(because: .malformed)
            }
            if accepted.readableBytes > 0 { pass(accepted, exchange) }
        case .capture:
            response.capture?.append(bytes)
            if response.capture?.isFull == true {
                // Enough is there; the rest would only keep the client waiting.
                return finishFailure(reuse: false, exchange)
            }
        case .wrapNull:
            break
        }
        if exchange.wait == .serviceIdle || exchange.wait == .clientStall { exchange.expectResponseProgress() }
    }

    private static func pass(_ bytes: ByteBuffer, _ exchange: Exchange) {
        exchange.response.bytesOut += UInt64(bytes.readableBytes)
        exchange.stream.sendBody(bytes)
    }

    /// The service's response is whole.
    static func receiveEnd(_ exchange: Exchange) {
        let response = exchange.response
        guard let service = exchange.service,
            case .finish(let reuse) = exchange.request.machine.responseEnded()
        else { return }
        switch response.treatment {
        case .capture:
            return finishFailure(reuse: reuse, exchange)
        case .wrap:
            var end = ByteBuffer()
            guard response.wrapper.finish(newToken: exchange.request.rareState?.newToken, into: &end) else {
                exchange.service = nil
                service.release(reuse: false)
                return exchange.cutResponse()
            }
            pass(end, exchange)
        case .pass, .wrapNull:
            break
        }
        exchange.service = nil
        exchange.finishResponse(releasing: service, reuse: reuse)
    }

    /// Responds with what was captured of a failure.
    static func finishFailure(reuse: Bool, isWhole: Bool = true, _ exchange: Exchange) {
        let response = exchange.response
        let worker = exchange.worker
        guard var capture = response.capture, let head = response.failureHead else { return }
        response.capture = nil
        response.failureHead = nil
        if let service = exchange.service {
            exchange.service = nil
            if reuse { service.release(reuse: true) } else { service.close() }
        }
        _ = exchange.request.machine.abandon()
        worker.envelope.clear()
        let id = exchange.request.id
        capture.finish(
            status: response.serviceStatus,
            requestID: id.span,
            isWhole: isWhole,
            newToken: exchange.request.rareState?.newToken,
            into: &worker.envelope
        )
        sendNormalised(head, exchange)
    }

    /// Sends a service's failure in its envelope; `worker.envelope` holds the body.
    private static func sendNormalised(_ head: borrowing ResponseHead, _ exchange: Exchange) {
        let worker = exchange.worker
        let request = exchange.request
        let response = exchange.response
        exchange.stream.discardRequestBody()
        response.code = ErrorCode.upstreamStatus.code
        response.reason = .upstreamStatus
        if LocalReplyPhase.repliesAlways200(exchange) { response.status = 200 }
        let count = worker.envelope.readableBytes
        worker.writeResponseFields(requestID: request.id, hasDate: head.has(.date))
        if let ruled = request.rareState?.ruled { worker.writeRuledFields(ruled, caching: false) }
        if let token = request.rareState?.newToken {
            worker.extraFields.append(EnvelopeWriter.contentType)
            worker.extraFields.append(token.fields)
        } else {
            worker.extraFields.append(EnvelopeWriter.bodyFields)
        }
        exchange.stream.sendHead(
            response.status,
            from: head,
            policy: .normalised,
            body: .length(UInt64(count)),
            fields: worker.extraFields
        )
        if request.method != .head {
            exchange.stream.sendBody(worker.envelope)
            response.bytesOut += UInt64(count)
        }
        exchange.finishResponse()
    }
}
