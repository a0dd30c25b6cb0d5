package import Configuration

/// Refuses requests that a web page makes a browser send to a server that is only for programs and operators.
///
/// A browser on the operator's machine can reach local servers, loopback included. A page of any site can send them
/// requests that need no preflight, and with a name that it rebinds to this address (DNS rebinding) it can read the
/// responses, too. So the request must name this server as its host, and must not come from another origin (RFC 6454;
/// Fetch Metadata Request Headers, section 2.3). Programs send neither `origin` nor `sec-fetch-site`.
package struct OriginGate: Sendable {
    /// The local end of a connection.
    package enum ListenerAddress: Sendable, Equatable {
        /// The connection's local address.
        case address(IPAddress, port: Int)
        /// A Unix domain socket, which no browser opens.
        case unixSocket
        /// Not known: only listed names are accepted.
        case unknown
    }

    /// Why a request is refused.
    package enum Refusal: Sendable, Equatable, CaseIterable {
        /// `host` is missing, stated more than once, malformed, or names another server.
        case host
        /// `origin` is another than the request's own.
        case origin
        /// `sec-fetch-site` names another site, or another origin of the same site.
        case fetchSite
    }

    private let listenerAddress: ListenerAddress
    private let hosts: [HostName]
    private let isSecure: Bool

    /// - Parameters:
    ///   - listenerAddress: the local end of the connection.
    ///   - hosts: further names of this server; one without a port matches all ports.
    ///   - isSecure: whether the connection uses TLS; decides the scheme and the default port of the request's own
    ///     origin.
    package init(_ listenerAddress: ListenerAddress, hosts: [HostName] = [], isSecure: Bool = false) {
        self.listenerAddress = listenerAddress
        self.hosts = hosts
        self.isSecure = isSecure
    }

    /// Why the request is refused; nil: it is accepted. Each array holds the values of all fields of that name, in
    /// order.
    ///
    /// - Parameter host: for an absolute-form request without a `host` field, the authority of the target.
    package func refusal(host: [String], origin: [String], fetchSite: [String]) -> Refusal? {
        guard host.count == 1, let own = host.first.flatMap({ HostName($0) }), accepts(own) else { return .host }
        guard origin.allSatisfy({ isOwn($0, of: own) }) else { return .origin }
        // `none`: the user typed the address, or opened a bookmark.
        guard fetchSite.allSatisfy({ $0 == "same-origin" || $0 == "none" }) else { return .fetchSite }
        return nil
    }

    private func accepts(_ name: HostName) -> Bool {
        hosts.contains { $0.isSameHost(as: name) && ($0.port == nil || $0.port == port(of: name)) }
            || isOwnAddress(name)
    }

    private func isOwnAddress(_ name: HostName) -> Bool {
        switch listenerAddress {
        case .address(let address, let port):
            guard self.port(of: name) == port else { return false }
            return name.address == address || address.isLoopback && name.host == "localhost"
        case .unixSocket: return name.host == "localhost"
        case .unknown: return false
        }
    }

    /// An origin is a scheme, a host and a port; `null` is no origin.
    private func isOwn(_ origin: String, of own: HostName) -> Bool {
        let scheme = isSecure ? "https://" : "http://"
        guard origin.hasPrefix(scheme), let stated = HostName(String(origin.dropFirst(scheme.count))) else {
            return false
        }
        return stated.isSameHost(as: own) && port(of: stated) == port(of: own)
    }

    private func port(of name: HostName) -> Int { name.port ?? (isSecure ? 443 : 80) }
}

extension OriginGate.Refusal: CustomStringConvertible {
    /// A message for the caller; quotes nothing of the request.
    package var description: String {
        switch self {
        case .host: "the host is not this server's address or name"
        case .origin, .fetchSite: "this request comes from a web page of another origin"
        }
    }
}
