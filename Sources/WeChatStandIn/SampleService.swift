package import NIOCore

/// A back-end service for the demo, the smoke run and the tests.
package final class SampleService: Sendable {
    /// The behaviour of the service.
    package enum Kind: String, Sendable, CaseIterable {
        /// Echoes the request: `{"service","method","path","query","headers":{…},"bodyBytes"}`. It also has
        /// `/api/profile`, `/catalog/…`, `/feed` and `/api/orders/big?bytes=N`.
        case orders
        /// Fails by the last segment of the path: `500`, `404`, `503`, `401`, `slow`, `cut`, `reset`.
        case flaky
    }

    private let server: LoopbackServer

    private init(_ server: LoopbackServer) { self.server = server }

    /// The port it listens on.
    package var port: Int { server.port }

    /// Starts listening.
    ///
    /// - Parameters:
    ///   - address: refused with `SampleServerError.notLoopback` unless it is one of this machine's loopback addresses.
    ///   - port: 0 lets the kernel choose.
    package static func start(
        _ kind: Kind,
        address: String = "127.0.0.1",
        port: Int,
        group: any EventLoopGroup
    ) async throws -> SampleService {
        let responder: any Responder =
            switch kind {
            case .orders: OrdersService()
            case .flaky: FlakyService()
            }
        return SampleService(try await LoopbackServer.start(responder, address: address, port: port, group: group))
    }

    /// Stops listening and closes every connection.
    package func stop() async { await server.stop() }
}
