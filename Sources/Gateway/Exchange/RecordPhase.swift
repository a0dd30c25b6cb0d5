import HTTPWire
import Login

/// Phase 7, record: the access-log line of a request, whatever became of it.
enum RecordPhase {
    enum Ending {
        /// The response went out whole.
        case whole
        /// The gateway cut the connection, since the response that it had begun cannot be completed.
        case reset
        case clientLeft
        /// The request became a tunnel, which says at its end why.
        case tunnel
    }

    static func record(of exchange: Exchange, _ ending: Ending) -> AccessRecord {
        let request = exchange.request
        let response = exchange.response
        let worker = exchange.worker
        var record = AccessRecord()
        record.milliseconds = request.startedMilliseconds
        record.method = request.method.name
        record.otherMethod = request.otherMethod
        record.requestID = request.id
        record.clientAddress = request.clientAddress ?? exchange.peer.text
        if let route = request.route {
            record.route = route.label
            record.service = route.cluster.nameBytes
            record.target = request.target?.address.label ?? []
        } else if let endpoint = request.endpoint {
            record.route = exchange.snapshot.reserved.label(endpoint)
        }
        record.userID = request.identity?.userID ?? request.loggedIn ?? []
        if request.loggedIn != nil, request.call == nil || request.call == .login {
            record.flags.insert(.loggedIn)
        }
        record.status = response.status
        record.code = response.code
        record.reason = response.reason?.name
        record.serviceStatus = response.serviceStatus
        record.duration = (exchange.loop.now - request.startedAt) / 1000
        if response.firstByteAt > 0 { record.firstByte = (response.firstByteAt - request.startedAt) / 1000 }
        if request.connectedAt > 0 { record.connect = (request.connectedAt - request.attempt.startedAt) / 1000 }
        record.bytesIn = Int64(clamping: request.bytesIn)
        record.bytesOut = Int64(clamping: response.bytesOut)
        if request.usedConnection { record.flags.insert(.reused) }
        if request.machine.attempts > 1 { record.flags.insert(.retried) }
        switch ending {
        case .whole:
            record.closeReason = response.cause
        case .reset:
            record.flags.insert(.truncated)
            record.closeReason = response.cause ?? "the response was cut off"
        case .clientLeft:
            // The status of nginx's logs for a client that did not wait.
            if !response.isStreaming { record.status = 499 }
            record.flags.insert(.truncated)
            record.closeReason = worker.isDrainOver ? "the gateway stopped" : "the client disconnected"
        case .tunnel:
            break
        }
        return record
    }
}
