import NIOCore

@testable import Gateway

/// Wants a connection, and nothing of it.
final class ConnectionCaller: UpstreamResponseHandler {
    private let connected: EventLoopPromise<Void>
    init(_ connected: EventLoopPromise<Void>) { self.connected = connected }

    let isRequestSent = true
    func serviceConnected(_ connection: ServiceConnection) {
        connection.close()
        connected.succeed(())
    }
    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) { connected.fail(fault) }
}
