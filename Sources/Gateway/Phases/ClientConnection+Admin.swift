import Configuration
import HTTPWire
import Login
import NIOCore
import WebOrigin

/// The operators' port: what it can be asked, and by whom.
extension ClientConnection {
    func decideAdmin(path: Span<UInt8>) {
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        let settings = worker.settings
        let gate = AdminGate(
            origin: OriginGate(.init(context?.channel.localAddress), hosts: settings.adminHosts),
            token: settings.adminToken
        )
        if let refusal = gate.refusal(of: worker.head, arena) { return sendLocalReply(refusal) }
        guard let resource = AdminResource(path) else { return sendLocalReply(.refusal(.routeNotFound)) }
        let query = worker.head.query.map { Array(copying: arena.extracting($0.range)) } ?? []
        guard let call = resource.call(worker.head.method, query: query) else {
            return sendLocalReply(.refusal(.methodNotAllowed, allow: resource.allow))
        }
        switch gate.decision(on: call, worker.head, arena) {
        case .refuse(let refusal): return sendLocalReply(refusal)
        case .admit: break
        case .admitWithoutContent: request.withRareState { $0.wantsNoContent = true }
        }
        collectBody(for: .admin(call))
    }
}

extension OriginGate.ListenerAddress {
    /// The entrance of a connection with this local address.
    fileprivate init(_ address: SocketAddress?) {
        if case .unixDomainSocket = address {
            self = .unixSocket
        } else if let text = address?.ipAddress, let literal = IPAddress(text), let port = address?.port {
            self = .address(literal, port: port)
        } else {
            self = .unknown
        }
    }
}
