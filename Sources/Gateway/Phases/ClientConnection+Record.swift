import HTTPWire
import Login
import NIOCore

/// Phase 7, record: one access-log line for each request, whatever became of it.
extension ClientConnection {
    enum Ending {
        /// The answer went out whole.
        case whole
        /// The gateway cut the connection, since what it had begun to send cannot be completed.
        case reset
        case clientLeft
        /// The tunnel that the request became is over; why.
        case tunnel(StaticString)
    }

    func record(_ ending: Ending) {
        guard request.isActive else { return }
        request.isActive = false
        request.endsBy = .max
        endAttempt()
        guard worker.log.isOn else { return }
        loop.updateClock()
        worker.log.write(accessRecord(ending))
    }

    private func accessRecord(_ ending: Ending) -> AccessRecord {
        var record = AccessRecord()
        record.milliseconds = request.startedMilliseconds
        record.method = request.method.name
        record.otherMethod = request.otherMethod
        record.requestID = request.id
        record.clientAddress = request.clientAddress ?? peer.text
        if request.route >= 0 {
            let route = worker.routes.routes[request.route]
            record.route = route.label
            record.service = worker.clusters[route.serviceIndex].nameBytes
            record.target = request.target?.address.label ?? []
        } else if case .admin(let call) = request.call {
            record.route = call.label
        } else if let endpoint = request.endpoint {
            record.route = worker.reserved.label(endpoint)
        }
        record.userID = request.identity?.userID ?? request.loggedIn ?? []
        if case .admin(let call) = request.call, let userID = call.userID { record.userID = Array(userID.utf8) }
        if request.loggedIn != nil, request.call == nil || request.call == .auth(.login) {
            record.flags.insert(.loggedIn)
        }
        record.status = response.status
        record.code = response.code
        record.reason = response.reason?.name
        record.serviceStatus = response.serviceStatus
        record.duration = (loop.now - request.startedAt) / 1000
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
            record.closeReason = response.cause ?? "the answer broke off"
        case .clientLeft:
            // The status of nginx's logs for a client that did not wait.
            if !response.isStreaming { record.status = 499 }
            record.flags.insert(.truncated)
            record.closeReason = worker.isDrainOver ? "the gateway stopped" : "the client left"
        case .tunnel(let reason):
            record.closeReason = reason
        }
        return record
    }
}

extension HTTPMethod {
    /// The method's name; empty for one that has no case of its own.
    fileprivate var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: ""
        }
    }
}
