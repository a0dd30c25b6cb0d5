import NIOCore
import NIOPosix

/// Gives NIO's connector addresses that are known already, as though it had asked for them.
///
/// NIO tries them after RFC 8305: IPv6 first, the families in alternation, 250 ms between two tries, so that a dead family
/// or address costs no more than that.
struct KnownResolver: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { $0.filter { !$0.isIPv6 } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { $0.filter(\.isIPv6) }
    }

    func cancelQueries() {}

    /// The address that NIO tries first.
    static func first(of addresses: [SocketAddress]) -> SocketAddress? {
        addresses.first(where: \.isIPv6) ?? addresses.first
    }
}

extension SocketAddress {
    fileprivate var isIPv6: Bool {
        if case .v6 = self { true } else { false }
    }
}
