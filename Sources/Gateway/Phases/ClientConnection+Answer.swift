import Configuration
import HTTPWire
import Login
import NIOCore

/// Answers that the gateway makes itself, and what follows an answer.
extension ClientConnection {
    /// A body's rest up to this size is read and dropped after an early answer, so that the connection lives on.
    private static let discardLimit: UInt64 = 64 * 1024

    /// Writes an answer of the gateway's own and goes on to what follows it.
    func sendLocalReply(_ plain: LocalReply) {
        var reply = plain
        if let rareState = request.rareState {
            reply.newToken = rareState.newToken
            reply.fields = rareState.ruled.response
        }
        endConnectionIfDue()
        let isSilent = request.endpoint == .live || request.endpoint == .ready
        let always200 = sendsAlways200
        let written = worker.write(
            reply,
            requestID: request.id,
            always200: always200,
            headOnly: request.method == .head,
            keepAlive: request.keepAlive,
            version: request.version
        )
        response.status = written.status
        response.code = reply.reason?.code ?? ResponseState.successCode
        response.reason = reply.reason
        response.bytesOut = UInt64(written.bodyBytes)
        flushOutbound()
        if isSilent {
            request.isActive = false
        } else {
            record(.whole)
        }
        afterResponse()
    }

    /// Writes a document of the gateway's own, which caches may keep for so many seconds.
    func sendLocalReply(document: [UInt8], type: StaticString, maximumAge: StaticString) {
        endConnectionIfDue()
        response.status = 200
        response.code = ResponseState.successCode
        worker.writeResponseFields(requestID: request.id, hasDate: false)
        worker.extraFields.writeStaticString("content-type: ")
        worker.extraFields.writeStaticString(type)
        worker.extraFields.writeStaticString("\r\ncache-control: public, max-age=")
        worker.extraFields.writeStaticString(maximumAge)
        worker.extraFields.writeStaticString("\r\n")
        HeadWriter.writeOwnResponseHead(
            into: &worker.outbound,
            status: 200,
            framing: .length(UInt64(document.count)),
            connection: connectionToken,
            extra: worker.extraFields
        )
        if request.method != .head {
            worker.outbound.writeBytes(document)
            response.bytesOut = UInt64(document.count)
        }
        flushOutbound()
        record(.whole)
        afterResponse()
    }

    /// Writes a service's failure in its envelope; `worker.envelope` holds the body.
    func sendNormalisedFailure(_ head: borrowing ResponseHead) {
        endConnectionIfDue()
        response.code = ErrorCode.upstreamStatus.code
        response.reason = .upstreamStatus
        if sendsAlways200 { response.status = 200 }
        let count = worker.envelope.readableBytes
        worker.writeResponseFields(requestID: request.id, hasDate: head.has(.date))
        if let ruled = request.rareState?.ruled { worker.writeRuledFields(ruled, caching: false) }
        if let token = request.rareState?.newToken {
            worker.extraFields.writeStaticString("content-type: application/json; charset=utf-8\r\n")
            worker.extraFields.writeBytes(token.fields)
        } else {
            worker.extraFields.writeStaticString(EnvelopeWriter.bodyFields)
        }
        HeadWriter.writeResponseHead(
            into: &worker.outbound,
            from: head,
            status: response.status,
            policy: .normalised,
            framing: .length(UInt64(count)),
            connection: connectionToken,
            extra: worker.extraFields
        )
        if request.method != .head {
            worker.outbound.writeBuffer(&worker.envelope)
            response.bytesOut += UInt64(count)
        }
        worker.envelope.clear()
        flushOutbound()
        record(.whole)
        afterResponse()
    }

    /// The answer is written: the next request, the rest of this one, or the end.
    func afterResponse() {
        response.end()
        request.identity = nil
        if request.rareState != nil { request.rareState = nil }
        if request.attempt.replay != nil { request.attempt.replay = nil }
        guard isOpen else { return }
        if !request.keepAlive {
            lingeringClose()
        } else if isRequestWhole {
            awaitNextRequest()
        } else {
            phase = .discard
            expect(.body, within: worker.settings.bodyTimeout)
        }
        process()
    }

    /// An answer of the gateway's own is the connection's last where the rest of the request may never come, and where
    /// the gateway stops.
    func endConnectionIfDue() {
        if worker.isDraining || !isRequestWhole && !canDiscardRest { request.keepAlive = false }
    }

    var connectionToken: ConnectionToken {
        if !request.keepAlive { return .close }
        return request.version == .http10 ? .keepAlive : .none
    }

    /// Nothing of this request is left to come; what follows is another one.
    var isRequestWhole: Bool { request.framing == .none || body.isComplete }

    /// The rest of the body is short and will surely come: its length is known, and the client does not wait for leave.
    var canDiscardRest: Bool {
        guard case .length(let count) = request.framing else { return false }
        return !request.expectsContinue && count <= ClientConnection.discardLimit
    }

    /// `"statuses": "always200"` reaches replies of routes with a token check only (contract, section 3).
    private var sendsAlways200: Bool {
        if case .auth(let endpoint) = request.call, endpoint.needsToken {
            return worker.settings.always200(appOf: request.identity)
        }
        guard request.route >= 0 else { return false }
        let route = worker.routes.routes[request.route]
        guard route.auth != .none else { return false }
        return route.always200 ?? worker.settings.always200(appOf: request.identity)
    }

    /// The client is gone: what runs for it ends.
    func clientLeft() {
        if let tunnel {
            clientLeftTunnel(tunnel)
        } else if request.isActive {
            _ = request.machine.abandon()
            closeService()
            record(.clientLeft)
        } else {
            closeService()
        }
        response.end()
    }
}
