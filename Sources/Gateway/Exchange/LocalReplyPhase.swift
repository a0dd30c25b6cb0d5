import Configuration
import HTTPWire
import Login
import NIOCore

/// Responses that the gateway makes itself.
enum LocalReplyPhase {
    /// Sends a reply in the envelope, and ends the request.
    static func send(_ reply: LocalReply, _ exchange: Exchange) {
        let request = exchange.request
        let response = exchange.response
        var reply = reply
        if let rareState = request.rareState {
            reply.newToken = rareState.newToken
            reply.fields = rareState.ruled.response
        }
        exchange.stream.discardRequestBody()
        let sent = exchange.worker.send(
            reply,
            to: exchange.stream,
            requestID: request.id,
            realm: exchange.snapshot.settings.realm,
            always200: repliesAlways200(exchange),
            isHead: request.method == .head
        )
        response.status = sent.status
        response.code = reply.reason?.code ?? LocalReply.successCode
        response.reason = reply.reason
        response.bytesOut = UInt64(sent.bodyBytes)
        // Health checks would drown the log.
        exchange.finishResponse(isSilent: request.endpoint == .live || request.endpoint == .ready)
    }

    /// Sends a response that has no envelope, and ends the request.
    static func send(_ document: LocalDocument, _ exchange: Exchange) {
        let request = exchange.request
        let response = exchange.response
        let worker = exchange.worker
        exchange.stream.discardRequestBody()
        response.status = document.status
        response.code = LocalReply.successCode
        worker.writeResponseFields(requestID: request.id, hasDate: false)
        worker.extraFields.append(document.fields)
        exchange.stream.sendHead(
            document.status,
            body: document.body.map { .length(UInt64($0.count)) } ?? .none,
            fields: worker.extraFields
        )
        if let body = document.body, request.method != .head {
            exchange.stream.sendBody(ByteBuffer(bytes: body))
            response.bytesOut = UInt64(body.count)
        }
        exchange.finishResponse()
    }

    /// `"statuses": "always200"` reaches replies of routes with a token check only (contract, section 3).
    static func repliesAlways200(_ exchange: Exchange) -> Bool {
        let request = exchange.request
        let settings = exchange.snapshot.settings
        if let endpoint = request.call, endpoint.needsToken { return settings.always200(appOf: request.identity) }
        guard let route = request.route, route.auth != .none else { return false }
        return route.always200 ?? settings.always200(appOf: request.identity)
    }
}
