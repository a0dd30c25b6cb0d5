/// The precedence of a route: of all matching routes, the greatest wins (contract, section 2).
///
/// In this order: higher priority; an exact path over one with parameters over one with a rest; more segments; more
/// literal segments; a host; a method. Two routes with equal precedence that match a common request are a fault of the
/// file.
package struct RoutePrecedence: Sendable, Hashable, Comparable {
    /// What kind of path it is.
    package enum Kind: Int, Sendable {
        case rest, parameter, exact
    }

    /// As configured for the route.
    package let priority: Int
    /// The kind of the path.
    package let kind: Kind
    /// The number of segments, without the rest.
    package let segments: Int
    /// Those of them that are literals.
    package let literals: Int
    /// Whether a host is named.
    package let namesHost: Bool
    /// Whether a method is named.
    package let namesMethod: Bool

    /// The precedence of a route.
    package init(_ route: RouteConfiguration) {
        priority = route.priority
        kind = route.path.hasRest ? .rest : route.path.isExact ? .exact : .parameter
        segments = route.path.segments.count
        literals = route.path.literalCount
        namesHost = route.host != nil
        namesMethod = !route.methods.isEmpty
    }

    /// Whether `two` gets a request that both take.
    package static func < (one: RoutePrecedence, two: RoutePrecedence) -> Bool {
        one.order.lexicographicallyPrecedes(two.order)
    }

    private var order: [Int] { [priority, kind.rawValue, segments, literals, namesHost ? 1 : 0, namesMethod ? 1 : 0] }
}
