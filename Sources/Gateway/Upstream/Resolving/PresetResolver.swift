import NIOCore
import NIOPosix

/// Passes known addresses to NIO's connector.
///
/// NIO tries them by RFC 8305: it alternates between the families, 250 ms apart, so that a dead family or address costs
/// no more than that. It starts with the result of the AAAA query, whatever its family: here, the family of the first
/// address, which is in turn.
struct PresetResolver: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in found.filter { $0.isIPv6 != found.first?.isIPv6 } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { found in found.filter { $0.isIPv6 == found.first?.isIPv6 } }
    }

    func cancelQueries() {}
}

extension SocketAddress {
    fileprivate var isIPv6: Bool {
        if case .v6 = self { true } else { false }
    }
}
